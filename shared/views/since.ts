/** What became of a row since a version. */
export type Since = 'added' | 'changed' | 'deleted' | 'same';

export interface SinceThen {
  /** Rows of then and of now, by id. */
  readonly of: ReadonlyMap<string, Since>;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  readonly same: number;
}

export interface Versioned {
  readonly entity: string;
  readonly id: string;
  readonly version: number;
}

const NOTHING: readonly Versioned[] = [];

/** What became of the rows of then until now, by entity and by their versions. */
export function sinceThen(then: readonly Versioned[], now: readonly Versioned[]): ReadonlyMap<string, SinceThen> {
  const [before, after] = [Map.groupBy(then, ({ entity }) => entity), Map.groupBy(now, ({ entity }) => entity)];
  return new Map([...new Set([...before.keys(), ...after.keys()])].map((entity) => [entity, ofEntity(before.get(entity) ?? NOTHING, after.get(entity) ?? NOTHING)]));
}

function ofEntity(then: readonly Versioned[], now: readonly Versioned[]): SinceThen {
  const versions = new Map(now.map(({ id, version }) => [id, version]));
  const of = new Map<string, Since>();
  for (const { id, version } of then) {
    const is = versions.get(id);
    of.set(id, is === undefined ? 'deleted' : is === version ? 'same' : 'changed');
  }
  for (const { id } of now) if (!of.has(id)) of.set(id, 'added');
  const count = (wanted: Since): number => [...of.values()].filter((since) => since === wanted).length;
  return { of, added: count('added'), changed: count('changed'), deleted: count('deleted'), same: count('same') };
}
