import type { Stamp } from '../change.ts';
import { entityOf } from '../app-schema.ts';
import { sameRowState, type ConfirmedRow, type RowState } from '../row.ts';
import type { Json } from '../../base/json.ts';
import { resolve } from '../strategies/resolve.ts';
import type { DecidedField } from '../strategies/resolution.ts';
import { type Draft, strategyOf } from './draft.ts';
import { PENDING, type OutboxEntry } from './entry.ts';
import { upgradeConfirmed, upgradeRow } from './upgrade.ts';

/** What settling came to: at most one new write, standing on theirs. */
export interface Settlement {
  readonly entry: OutboxEntry | null;
  readonly outcome: 'put' | 'delete' | 'take-theirs' | 'ask';
  readonly conflictId: string;
}

/** A stamp that this device may give now to a row standing on `base` (CF5). */
export function stampNow(draft: Draft, base: Stamp | null): Stamp {
  const { env, state } = draft;
  return [Math.max(env.now + state.clockOffset, (base?.[0] ?? Number.NEGATIVE_INFINITY) + 1), env.deviceId];
}

/**
 * CF1: the writes of `chain` have lost their place to `theirs`. They become one new mutation on top of theirs, or none. Runs of writes
 * that stand on each other are merged at once, from the first one's base to the last one's value; a break between them (another's value
 * lies in between) is merged on its own, or that value would count as mine.
 */
export function settle(draft: Draft, entity: string, entityId: string, chain: readonly OutboxEntry[], theirsIn: ConfirmedRow): Settlement {
  const { env } = draft;
  const theirs = upgradeConfirmed(env, entity, theirsIn);
  const strategy = strategyOf(env, entity);
  const policy = {
    strategy,
    textFields: entityOf(env.schema, entity).textFields,
    custom: (b: Json | null, m: Json | null, t: Json | null) => env.custom(entity, b, m, t),
    newStamp: stampNow(draft, theirs.stamp),
  };
  let current: RowState = theirs;
  let writes = false;
  let outcome: Settlement['outcome'] = 'take-theirs';
  let decided: readonly DecidedField[] = [];
  const runs = runsOf(chain).map((run) => ({ base: upgradeRow(env, entity, run.base), mine: upgradeRow(env, entity, run.mine) }));
  for (const { base, mine } of runs) {
    if (sameRowState(base, current)) {
      current = mine;
      writes = true;
      outcome = mine.text === null ? 'delete' : 'put';
      continue;
    }
    const resolution = resolve(base, mine, current, policy);
    decided = resolution.decided;
    if (resolution.kind === 'put' || resolution.kind === 'delete') {
      current = resolution.row;
      writes = true;
    }
    if (!writes || resolution.kind !== 'take-theirs') outcome = resolution.kind;
  }
  const first = chain[0] as OutboxEntry;
  const last = chain.at(-1) as OutboxEntry;
  if (writes && sameRowState(current, theirs)) writes = false;
  const entry = writes ? remade(draft, first, last, theirs, current, strategy) : null;
  const conflictId = draft.newId() as string;
  const mine = (runs.at(-1) as (typeof runs)[number]).mine;
  const winner = entry === null ? 'theirs' : current.text === mine.text ? 'mine' : 'merged';
  draft.conflict({
    conflictId,
    at: env.now,
    entity,
    entityId,
    state: outcome === 'ask' ? 'open' : 'automatic',
    strategy,
    winner,
    base: (runs[0] as (typeof runs)[number]).base,
    mine,
    theirs,
    result: current,
    decided,
    mutationIds: chain.map((item) => item.mutationId),
    resultId: entry?.mutationId ?? null,
    code: null,
    message: null,
  });
  draft.event({
    kind: 'conflict',
    entity,
    entityId,
    ...(first.baseVersion === null ? {} : { fromVersion: first.baseVersion }),
    toVersion: theirs.version,
    mutationIds: [...chain.map((item) => item.mutationId as string), ...(entry === null ? [] : [entry.mutationId as string])],
    data: { conflictId, strategy, winner, state: outcome === 'ask' ? 'open' : 'automatic', theirDevice: theirs.stamp?.[1] ?? null, theirVersion: theirs.version, decided: decided as never },
  });
  return { entry, outcome: entry === null ? (outcome === 'ask' ? 'ask' : 'take-theirs') : entry.row.text === null ? 'delete' : 'put', conflictId };
}

function remade(draft: Draft, first: OutboxEntry, last: OutboxEntry, theirs: ConfirmedRow, row: RowState, strategy: ReturnType<typeof strategyOf>): OutboxEntry {
  return {
    seq: first.seq,
    mutationId: draft.newId(),
    row,
    base: theirs,
    baseVersion: theirs.version,
    state: PENDING,
    resolves: { mutationId: last.mutationId, theirsVersion: theirs.version, strategy },
    writtenAt: last.writtenAt,
  };
}

function runsOf(chain: readonly OutboxEntry[]): { base: RowState; mine: RowState }[] {
  const runs: { base: RowState; mine: RowState }[] = [];
  for (const entry of chain) {
    const run = runs.at(-1);
    if (run !== undefined && sameRowState(entry.base, run.mine)) run.mine = entry.row;
    else runs.push({ base: entry.base, mine: entry.row });
  }
  return runs;
}
