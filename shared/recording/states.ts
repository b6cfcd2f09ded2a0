import { PersistentMap } from '../base/persistent-map.ts';
import { structureHash } from '../base/structure-hash.ts';
import type { ClientOutput } from '../core/client/messages.ts';
import type { ClientState } from '../core/client/state.ts';
import type { ContextState } from '../core/context/state.ts';
import type { StepOutput } from '../core/context/messages.ts';
import type { PendingRow } from '../core/outbox/entry.ts';
import type { PartitionState } from '../core/outbox/partition-state.ts';
import type { RegistryRow } from '../core/registry-row.ts';

// States of the core as text and back, and the hash of what came out of a step.

/** Stands for a field that is there and undefined: its place decides the order of the text of whatever is made of it later. */
const UNDEFINED = '\u0000undefined';

/** The text of a state. `JSON.parse` reads it; `clientOf` and `contextOf` make the state of it again. */
export function stateText(state: unknown): string {
  return JSON.stringify(state, (_key, value: unknown) => (value === undefined ? UNDEFINED : value));
}

function restored(value: unknown): unknown {
  if (value === UNDEFINED) return undefined;
  if (Array.isArray(value)) return value.map(restored);
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, field] of Object.entries(value)) {
    const made = restored(field);
    // A key named __proto__ is data, and stays as `JSON.parse` made it: assigning it would not.
    if (made !== field && key !== '__proto__') (value as Record<string, unknown>)[key] = made;
  }
  return value;
}

type Entries<T> = readonly (readonly [string, T])[];
const mapOf = <T>(entries: unknown): PersistentMap<T> => PersistentMap.from(entries as Entries<T>);

/** The state of a client from its text. */
export function clientOf(text: string): ClientState {
  const state = restored(JSON.parse(text)) as ClientState;
  return { ...state, rows: mapOf<RegistryRow>(state.rows) };
}

/** The state of a context from its text; with `pending` left out of it (`withoutPending`), that of the state before. */
export function contextOf(text: string, before?: ContextState): ContextState {
  const state = restored(JSON.parse(text)) as ContextState;
  const partitionOf = (partition: PartitionState): PartitionState => ({
    ...partition,
    pending: (partition.pending as unknown) === KEPT ? (before?.partition?.pending ?? PersistentMap.empty<PendingRow>()) : mapOf<PendingRow>(partition.pending),
  });
  const { partition, swap } = state;
  return {
    ...state,
    partition: partition === null ? null : partitionOf(partition),
    swap: swap?.step.name === 'adopting' ? { ...swap, step: { ...swap.step, partition: partitionOf(swap.step.partition) } } : swap,
  };
}

const KEPT = 'kept';

/** The text of a state whose outbox is that of the state before: it is left out, so that a checkpoint in a catch-up costs nothing per pending write. */
export function withoutPending(state: ContextState): string {
  return stateText({ ...state, partition: state.partition === null ? null : { ...state.partition, pending: KEPT } });
}

/** What a step led to, without the state that it left: that one shows in the next steps, and in the next checkpoint. */
export function outputHash(output: ClientOutput<ClientState> | StepOutput<ContextState>): string {
  return structureHash('op' in output ? [output.commit, output.op, output.effects] : [output.commit, output.effects]);
}
