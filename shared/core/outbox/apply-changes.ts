import { rowKey, type Change } from '../change.ts';
import { ABSENT_ROW, rowState, type ConfirmedRow } from '../row.ts';
import type { Draft } from './draft.ts';
import { SENT, type OutboxEntry, type PendingRow } from './entry.ts';
import { settle, type Settlement } from './settle.ts';
import { upgradeConfirmed } from './upgrade.ts';

export interface Applied {
  readonly changes: number;
  /** How many were this device's own. */
  readonly own: number;
  readonly settled: readonly SettledRow[];
  /** A change of another's below an accepted write: this log is not the one that accepted it. Only a rebuild can mend it. */
  readonly foreignBelowAccepted: boolean;
}

export interface SettledRow extends Settlement {
  readonly entity: string;
  readonly entityId: string;
}

/** The confirmed row that a change makes, and its text as the log has it. */
export function rowOfChange(change: Change): { readonly row: ConfirmedRow; readonly logText: string | null } {
  // The server stores and sends canonical text, and canonical text is a fixed point of JSON: no sorting here.
  const logText = change.op === 'put' ? JSON.stringify(change.value) : null;
  const row = { ...rowState(logText, [change.timestamp, change.deviceId], change.stamps, change.schemaVersion), version: change.contextVersion };
  return { row, logText };
}

/**
 * SY1, OB3, CF1: applies the changes above localVersion. A row without a pending write just moves; an own change settles its write;
 * another's is resolved against what waits. `changes` follow each other without a gap from at most localVersion + 1.
 */
export function applyChanges(draft: Draft, changes: readonly Change[]): Applied {
  let own = 0;
  let count = 0;
  let foreignBelowAccepted = false;
  let at = draft.state.localVersion;
  const settled: SettledRow[] = [];
  for (const change of changes) {
    if (change.contextVersion <= at) continue;
    at = change.contextVersion;
    count++;
    const { row: asLogged, logText } = rowOfChange(change);
    const row = asLogged.schemaVersion < draft.env.schema.version ? upgradeConfirmed(draft.env, change.entity, asLogged) : asLogged;
    const pending = draft.state.pending.get(rowKey(change.entity, change.entityId));
    draft.confirm(change.entity, change.entityId, row, logText);
    if (pending === undefined) continue;
    const index = pending.chain.findIndex((entry) => entry.mutationId === change.mutationId);
    if (index >= 0) {
      own++;
      draft.setChain(change.entity, change.entityId, row, standingOn(row, pending.chain.slice(index + 1)));
      continue;
    }
    const first = pending.chain[0] as OutboxEntry;
    if (first.baseVersion !== null && change.contextVersion <= first.baseVersion) continue;
    if (first.state.name === 'accepted') {
      foreignBelowAccepted = true;
      continue;
    }
    settled.push(settleRow(draft, { ...pending, confirmed: row }));
  }
  if (at !== draft.state.localVersion) draft.setMeta({ localVersion: at, ...(at > draft.state.seenVersion ? { seenVersion: at } : {}) });
  if (count > 0) askAgain(draft);
  settled.push(...freeParked(draft));
  return { changes: count, own, settled, foreignBelowAccepted };
}

/**
 * The log has passed the version at which a write was accepted, and it was not there: this is not the log that took it (a restore that nobody
 * told of). Its fate is unknown again, and what stands on it no longer knows its version.
 */
function askAgain(draft: Draft): void {
  const { localVersion } = draft.state;
  for (const pending of [...draft.state.pending.values()]) {
    const at = pending.chain.findIndex((entry) => entry.state.name === 'accepted' && entry.state.contextVersion <= localVersion);
    if (at < 0) continue;
    const chain = pending.chain.map((entry, index): OutboxEntry => {
      if (index === at) return { ...entry, state: SENT };
      return index === at + 1 && entry.state.name === 'pending' ? { ...entry, baseVersion: null } : entry;
    });
    draft.setChain(pending.entity, pending.entityId, pending.confirmed, chain);
  }
}

/** The first write of `chain` stands on the confirmed row from now on. */
function standingOn(row: ConfirmedRow, chain: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const [first, ...rest] = chain;
  if (first === undefined || first.baseVersion !== null) return chain;
  return [{ ...first, baseVersion: row.version, base: row }, ...rest];
}

/** Settles all that waits on a row over its confirmed state. */
export function settleRow(draft: Draft, pending: PendingRow): SettledRow {
  const { entity, entityId, confirmed, chain } = pending;
  const settlement = settle(draft, entity, entityId, chain, confirmed);
  draft.setChain(entity, entityId, confirmed, settlement.entry === null ? [] : [settlement.entry]);
  return { ...settlement, entity, entityId };
}

/**
 * CF1: a parked write whose currentVersion is reached, and which no change has settled. Its row is absent or deleted: it is gone behind the
 * horizon, and the write is made anew with baseVersion 0. Or it stands at what the write met: the write's base was never in this log.
 */
export function freeParked(draft: Draft): SettledRow[] {
  if (draft.state.parked === 0) return [];
  const settled: SettledRow[] = [];
  for (const pending of [...draft.state.pending.values()]) {
    const parked = pending.chain.find((entry) => entry.state.name === 'parked');
    if (parked === undefined || parked.state.name !== 'parked' || draft.state.localVersion < parked.state.currentVersion) continue;
    if (pending.confirmed.text !== null) {
      const first = pending.chain[0] === parked;
      if (first && pending.confirmed.version >= parked.state.currentVersion) settled.push(settleRow(draft, pending));
      continue;
    }
    draft.confirm(pending.entity, pending.entityId, ABSENT_ROW, null);
    settled.push(settleRow(draft, { ...pending, confirmed: ABSENT_ROW }));
  }
  return settled;
}
