import type { ConflictEvent } from './conflicts.ts';

export type ConflictGrouping = 'context' | 'entity' | 'device' | 'strategy';

/** Conflicts that share a context, an entity, a device on the other side or a strategy. */
export interface ConflictGroup<C extends ConflictEvent = ConflictEvent> {
  readonly name: string;
  readonly conflicts: readonly C[];
  /** With whom most of them were, where there is somebody. */
  readonly device: { readonly name: string; readonly count: number } | null;
  readonly lastAt: number;
  readonly states: ReadonlyMap<string, number>;
}

const NAME_OF: { readonly [G in ConflictGrouping]: (conflict: ConflictEvent) => string } = {
  context: ({ contextId }) => contextId,
  entity: ({ entity }) => entity,
  device: ({ theirDevice }) => theirDevice || 'unknown device',
  strategy: ({ strategy }) => strategy || 'no strategy',
};

const increment = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Groups with the most conflicts first; inside one they keep their order. */
export function groupConflicts<C extends ConflictEvent>(conflicts: readonly C[], by: ConflictGrouping): readonly ConflictGroup<C>[] {
  const members = Map.groupBy(conflicts, NAME_OF[by]);
  return [...members].map(([name, inside]) => summed(name, inside)).toSorted((a, b) => b.conflicts.length - a.conflicts.length);
}

function summed<C extends ConflictEvent>(name: string, conflicts: readonly C[]): ConflictGroup<C> {
  const devices = new Map<string, number>();
  const states = new Map<string, number>();
  let lastAt = 0;
  for (const { theirDevice, state, at } of conflicts) {
    if (theirDevice !== '') increment(devices, theirDevice);
    increment(states, state);
    lastAt = Math.max(lastAt, at);
  }
  const [most] = [...devices].toSorted(([, a], [, b]) => b - a);
  return { name, conflicts, device: most === undefined ? null : { name: most[0], count: most[1] }, lastAt, states };
}
