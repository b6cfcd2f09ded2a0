/** What became of a row since a version. */
export type Since = 'changed' | 'deleted' | 'same';

export interface SinceThen {
  readonly of: ReadonlyMap<string, Since>;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** What became of the rows of then, by their versions: a row that came anew since is only counted. */
export function sinceThen(then: readonly Versioned[], now: readonly Versioned[]): SinceThen {
  const versions = new Map(now.map(({ id, version }) => [id, version]));
  const of = new Map<string, Since>();
  for (const { id, version } of then) {
    const is = versions.get(id);
    of.set(id, is === undefined ? 'deleted' : is === version ? 'same' : 'changed');
  }
  const count = (wanted: Since): number => [...of.values()].filter((since) => since === wanted).length;
  return { of, added: now.filter(({ id }) => !of.has(id)).length, changed: count('changed'), deleted: count('deleted') };
}
