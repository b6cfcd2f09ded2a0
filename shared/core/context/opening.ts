import { PersistentMap } from '../../base/persistent-map.ts';
import { rowKey } from '../change.ts';
import type { PendingRow } from '../outbox/entry.ts';
import type { PartitionState } from '../outbox/partition-state.ts';
import { upgradeConfirmed, upgradeRow } from '../outbox/upgrade.ts';
import { PENDING } from '../outbox/entry.ts';
import { Draft } from '../outbox/draft.ts';
import type { MutationId } from '../ids.ts';
import { close } from './closing.ts';
import type { LoadedPartition, Opened } from './messages.ts';
import type { Turn } from './turn.ts';
import { pump } from './pushing.ts';
import { ask } from './syncing.ts';
import { freeParked } from '../outbox/apply-changes.ts';

// Phases open, migrate and hydrate of an activation (LC1).

export function start(turn: Turn): void {
  turn.event({ kind: 'lifecycle', data: { from: 'dormant', to: 'activating', reason: turn.state.reason, serverVersion: turn.state.headVersion } });
  turn.notice({ name: 'stage', lifecycle: 'activating' });
  turn.op({ name: 'open' });
}

export function opened(turn: Turn, result: Opened, durationMs: number): void {
  turn.phase('open', durationMs, 'done', { found: result.kind });
  switch (result.kind) {
    case 'absent':
      fetching(turn);
      return;
    case 'quarantined':
      turn.state = { ...turn.state, partition: { ...loaded(result.partition), present: false }, wants: 'quarantine' };
      fetching(turn);
      return;
    case 'damaged':
      turn.error({ code: 'PARTITION_DAMAGED', message: result.message });
      if (result.saved !== null) turn.state = { ...turn.state, partition: { ...loaded(result.saved), present: false }, wants: 'repair' };
      fetching(turn);
      return;
    case 'ready':
      load(turn, result.partition);
      migrateOrHydrate(turn, result.partition.readableFrom);
  }
}

function fetching(turn: Turn): void {
  turn.setStage({ name: 'fetching', since: turn.env.now }, 'no partition');
  if (turn.state.link.name === 'waiting') ask(turn);
}

function load(turn: Turn, partition: LoadedPartition): void {
  turn.state = { ...turn.state, partition: loaded(partition) };
  turn.facts(null, partition.bytes);
}

function loaded(partition: LoadedPartition): PartitionState {
  const { readableFrom: _, bytes: __, pending, ...rest } = partition;
  const rows = PersistentMap.from(pending.map((row): [string, PendingRow] => [rowKey(row.entity, row.entityId), row]));
  let parked = 0;
  for (const row of pending) parked += row.chain.filter((entry) => entry.state.name === 'parked').length;
  return { ...rest, present: true, pending: rows, parked };
}

function migrateOrHydrate(turn: Turn, readableFrom: number): void {
  const { env, partition } = turn;
  const app = env.schema.version;
  if (partition.schemaVersion < app) {
    turn.setStage({ name: 'migrating', since: env.now }, 'schema');
    turn.op({ name: 'migrate', fromSchema: partition.schemaVersion, toSchema: app, commit: pendingInNewSchema(turn) });
    return;
  }
  if (partition.schemaVersion > app && app < readableFrom) {
    close(turn, 'schema ahead', { code: 'SCHEMA_AHEAD', message: `The partition has schema ${partition.schemaVersion}, which apps from schema ${readableFrom} on can read; this app has ${app}` });
    return;
  }
  hydrate(turn);
}

/** MG1, OB1: writes that were not sent are migrated as new mutations; sent ones stay as they left. */
function pendingInNewSchema(turn: Turn): ReturnType<Draft['finish']>['commit'] {
  const { env, partition } = turn;
  const draft = new Draft(partition, env, () => turn.newId() as unknown as MutationId, (event) => turn.event(event));
  for (const pending of partition.pending.values()) {
    const chain = pending.chain.map((entry) => {
      if (entry.state.name !== 'pending' || entry.row.schemaVersion >= env.schema.version) return entry;
      const row = upgradeRow(env, pending.entity, entry.row);
      const base = upgradeRow(env, pending.entity, entry.base);
      return { ...entry, mutationId: draft.newId(), row, base, state: PENDING };
    });
    draft.setChain(pending.entity, pending.entityId, upgradeConfirmed(env, pending.entity, pending.confirmed), chain);
  }
  return draft.finish(true).commit;
}

export function migrated(turn: Turn, partition: LoadedPartition, rows: number, durationMs: number): void {
  const from = turn.partition.schemaVersion;
  load(turn, partition);
  turn.event({ kind: 'migration', durationMs, data: { fromSchema: from, toSchema: partition.schemaVersion, rows, outcome: 'done' } });
  turn.phase('migrate', durationMs);
  hydrate(turn);
}

export function hydrate(turn: Turn): void {
  turn.setStage({ name: 'hydrating', since: turn.env.now }, 'partition');
  turn.op({ name: 'hydrate' });
}

export function hydrated(turn: Turn, durationMs: number): void {
  turn.phase('hydrate', durationMs);
  const readOnly = turn.partition.schemaVersion > turn.env.schema.version;
  turn.setStage({ name: 'active', since: turn.env.now, readOnly }, 'ready');
  // CF1: the check for rows that are gone behind the horizon also runs at the start.
  freeParked(turn.draft());
  turn.facts();
  if (turn.state.link.name === 'waiting') ask(turn);
  else pump(turn);
}

/** An empty partition was made: deltas fill it. */
export function created(turn: Turn, partition: LoadedPartition): void {
  load(turn, partition);
}
