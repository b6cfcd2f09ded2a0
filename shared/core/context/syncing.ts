import type { Change } from '../change.ts';
import { applyChanges, type SettledRow } from '../outbox/apply-changes.ts';
import { shiftPending } from '../outbox/reject.ts';
import type { Digest } from '../digest.ts';
import { VERSION_0, type Version } from '../ids.ts';
import { flushed } from './closing.ts';
import { hydrate } from './opening.ts';
import type { CommitReport, ContextFrame } from './messages.ts';
import { pump } from './pushing.ts';
import { startSwap, dropSwap, trySwap } from './swapping.ts';
import type { HeldDelta } from './state.ts';
import type { Turn } from './turn.ts';

// Phases connect and catch-up, and the stream behind them (SY1, SY5, SY7, SY8).

const MAX_FAILED_FILLS = 3;
/** One digest mismatch heals itself per context and hour (SY5). */
const HEAL_INTERVAL = 3_600_000;
const FILL_LIMIT = 1_000;

/** Sends ACTIVATE_CONTEXT for the version that the partition has. Deltas that were held back belong to the answer before. */
export function ask(turn: Turn): void {
  const { link } = turn.state;
  if (link.name === 'offline') return;
  if (turn.hasPartition) {
    const shifted = shiftPending(turn.draft(), turn.state.clockOffset);
    if (shifted.length > 0) turn.event({ kind: 'clock', mutationIds: shifted, data: { offsetMs: turn.state.clockOffset, shifted: [...shifted] } });
  }
  const partition = turn.hasPartition ? turn.partition : null;
  const present = partition?.present === true;
  const snapshot = turn.state.wants !== null;
  dropSwap(turn);
  const startedAt = link.name === 'asking' ? link.startedAt : turn.env.monotonic;
  const sinceVersion = present ? partition.localVersion : VERSION_0;
  turn.setLink({ name: 'asking', conn: link.conn, startedAt, sentAt: turn.env.monotonic, sinceVersion, snapshot });
  turn.state = { ...turn.state, held: [], fill: null, push: null };
  turn.send('ACTIVATE_CONTEXT', {
    sinceVersion,
    seenVersion: partition?.seenVersion ?? 0,
    ...(partition === null || partition.logId === null ? {} : { logId: partition.logId }),
    schemaVersion: turn.env.schema.version,
    ...(snapshot ? { snapshot: true } : {}),
  });
}

export function linkUp(turn: Turn, conn: number, clockOffset: number): void {
  const { stage } = turn.state;
  turn.state = { ...turn.state, clockOffset };
  turn.setLink({ name: 'waiting', conn, retryAt: turn.env.monotonic });
  if (stage.name === 'active' || stage.name === 'fetching' || stage.name === 'flushing') ask(turn);
}

export function activated(turn: Turn, frame: Extract<ContextFrame, { type: 'CONTEXT_ACTIVATED' }>): void {
  const { link } = turn.state;
  if (link.name !== 'asking') {
    turn.state = { ...turn.state, held: [] };
    return;
  }
  // The answer to an older request: its digest and its cursor are of another version.
  const older = frame.sinceVersion !== undefined && frame.sinceVersion !== link.sinceVersion;
  if (older || (link.snapshot && frame.mode === 'delta')) return;
  // The rebuild that it was asked for was given up in the meantime.
  if (link.snapshot && frame.mode === 'snapshot' && turn.state.wants === null && turn.hasPartition && turn.partition.present) return ask(turn);
  turn.phase('connect', turn.env.monotonic - link.startedAt, 'done', { mode: frame.mode, serverVersion: frame.headVersion });
  turn.state = { ...turn.state, headVersion: frame.headVersion, horizon: frame.horizon, held: [], fill: null };
  if (turn.env.schema.version < frame.readableFrom) {
    turn.setLink({ name: 'refused', conn: link.conn, code: 'SCHEMA_AHEAD', message: `The context needs an app of schema ${frame.readableFrom} or later` });
    turn.error({ code: 'SCHEMA_AHEAD', message: `The context needs an app of schema ${frame.readableFrom} or later; reads and local writes go on` });
    return;
  }
  const fromVersion = turn.hasPartition ? turn.partition.localVersion : (0 as Version);
  turn.setLink({ name: 'catching-up', conn: link.conn, startedAt: turn.env.monotonic, fromVersion });
  if (frame.mode !== 'delta') {
    startSwap(turn, frame);
    pump(turn);
    return;
  }
  if (!turn.hasPartition || !turn.partition.present) {
    if (turn.hasPartition) return turn.setLink({ name: 'waiting', conn: link.conn, retryAt: turn.env.monotonic + 1_000 });
    const { logId, readableFrom } = frame;
    turn.op({ name: 'create', logId, schemaVersion: Math.max(frame.schemaVersion, turn.env.schema.version), readableFrom, clockOffset: turn.state.clockOffset });
    return;
  }
  const { partition } = turn;
  if (frame.digest !== undefined && frame.digest !== partition.digest && mismatch(turn, frame.digest, partition.digest)) return;
  if (partition.logId === null) turn.draft().setMeta({ logId: frame.logId });
  settleDown(turn);
}

export function delta(turn: Turn, frame: Extract<ContextFrame, { type: 'DELTA' }>, bytes: number): void {
  const { link, swap } = turn.state;
  // During a swap the stream belongs to the generation to come: it is asked for again from there.
  if ((link.name !== 'catching-up' && link.name !== 'live') || swap !== null || !turn.hasPartition) return;
  turn.state = { ...turn.state, headVersion: laterVersion(turn.state.headVersion, frame.toVersion) };
  if (frame.fromVersion > turn.partition.localVersion) {
    hold(turn, { fromVersion: frame.fromVersion, toVersion: frame.toVersion, changes: frame.changes, digest: frame.digest, bytes });
    return;
  }
  apply(turn, frame.changes, { expect: frame.digest, version: frame.toVersion }, bytes, false);
}

/** SY1: waits for what is missing, within a bound of bytes, and asks for it once. */
function hold(turn: Turn, delta: HeldDelta): void {
  const held = turn.state.held.reduce((sum, other) => sum + other.bytes, 0);
  const known = turn.state.held.some((other) => other.fromVersion === delta.fromVersion && other.toVersion === delta.toVersion);
  // Over the bound it is dropped: the fill brings it again.
  if (!known && held + delta.bytes <= turn.env.policy.maxHeldBytes) {
    turn.state = { ...turn.state, held: [...turn.state.held, delta].sort((a, b) => a.fromVersion - b.fromVersion) };
  }
  if (turn.state.fill === null) fill(turn, 0);
}

export function fill(turn: Turn, failures: number): void {
  if (failures >= MAX_FAILED_FILLS) {
    turn.state = { ...turn.state, wants: 'gap', fill: null };
    turn.error({ code: 'GAP', message: `A gap in the deltas could not be filled in ${failures} tries; a snapshot is taken` });
    ask(turn);
    return;
  }
  const requestId = turn.newId();
  const first = turn.state.held[0];
  turn.state = { ...turn.state, fill: { requestId, sentAt: turn.env.monotonic, failures } };
  const { localVersion } = turn.partition;
  turn.send('FETCH_LOG', { requestId, fromVersion: localVersion, toVersion: first?.fromVersion ?? turn.state.headVersion, limit: FILL_LIMIT });
}

export function filled(turn: Turn, frame: Extract<ContextFrame, { type: 'LOG' }>, bytes: number): void {
  const failures = turn.state.fill?.failures ?? 0;
  turn.state = { ...turn.state, fill: null };
  const first = frame.changes[0];
  const { localVersion } = turn.partition;
  if (first === undefined || first.contextVersion > localVersion + 1) return fill(turn, failures + 1);
  apply(turn, frame.changes, { expect: null, version: (frame.changes.at(-1) as Change).contextVersion }, bytes, true);
}

function apply(turn: Turn, changes: readonly Change[], to: { expect: Digest | null; version: Version }, bytes: number, wasFill: boolean): void {
  const draft = turn.draft();
  const fromVersion = draft.state.localVersion;
  const applied = applyChanges(draft, changes);
  const { localVersion } = draft.state;
  turn.report({ expect: localVersion === to.version ? to.expect : null, version: localVersion, changes: applied.changes });
  if (applied.changes > 0) {
    const mutationIds = changes.length <= 50 ? changes.map((change) => change.mutationId as string) : undefined;
    turn.event({
      kind: 'delta',
      fromVersion,
      toVersion: localVersion,
      bytes,
      ...(mutationIds === undefined ? {} : { mutationIds }),
      data: { changes: applied.changes, own: applied.own, serverVersion: laterVersion(turn.state.headVersion, localVersion), filled: wasFill },
    });
  }
  reportSettled(turn, applied.settled);
  if (applied.own > 0 || applied.settled.length > 0) turn.facts();
  if (applied.foreignBelowAccepted) {
    turn.error({ code: 'LOG_CHANGED', message: 'Another change stands where this device’s accepted write was; the partition is built again' });
    turn.state = { ...turn.state, wants: 'repair' };
  }
}

/** CONFLICT_RESOLVED: what left no change that others could see it by. */
export function reportSettled(turn: Turn, settled: readonly SettledRow[]): void {
  for (const { entity, entityId, outcome } of settled) {
    if (outcome !== 'take-theirs' && outcome !== 'ask') continue;
    const strategy = turn.env.schema.entities[entity]?.strategy ?? 'lww';
    if (turn.state.link.name === 'live' || turn.state.link.name === 'catching-up') turn.send('CONFLICT_RESOLVED', { entity, entityId, strategy, outcome });
  }
}

/** The commit of a delta is done: compare, acknowledge, go on. */
export function committed(turn: Turn, report: CommitReport, digest: Digest): void {
  if (turn.state.partition !== null) turn.state = { ...turn.state, partition: { ...turn.state.partition, digest } };
  const { link } = turn.state;
  if (link.name !== 'catching-up' && link.name !== 'live') return;
  if (report.expect !== null && report.expect !== digest && mismatch(turn, report.expect, digest)) return;
  turn.send('APPLIED', { version: report.version });
  if (turn.state.wants === 'repair') return ask(turn);
  const { localVersion } = turn.partition;
  const next = turn.state.held.find((held) => held.fromVersion <= localVersion && held.toVersion > localVersion);
  turn.state = { ...turn.state, held: turn.state.held.filter((held) => held !== next && held.toVersion > localVersion) };
  if (next !== undefined) {
    if (turn.state.fill !== null) turn.state = { ...turn.state, fill: null };
    return apply(turn, next.changes, { expect: next.digest, version: next.toVersion }, next.bytes, false);
  }
  if (turn.state.held.length > 0 && turn.state.fill === null) return fill(turn, 0);
  settleDown(turn);
}

/** True when the mismatch is being healed, so that nothing else is to be done. */
function mismatch(turn: Turn, expected: Digest, got: Digest): boolean {
  turn.error({ code: 'DIGEST_MISMATCH', message: `The digest at ${turn.partition.localVersion} is ${got}, the server has ${expected}` });
  const { healedAt } = turn.state;
  if (turn.env.policy.digest !== 'replay' || (healedAt !== null && turn.env.now - healedAt < HEAL_INTERVAL)) return false;
  turn.state = { ...turn.state, wants: 'repair', healedAt: turn.env.now };
  ask(turn);
  return true;
}

/** Live once nothing is missing; then pushes, and ends a flush that has nothing left. */
export function settleDown(turn: Turn): void {
  const { link, swap, headVersion, stage } = turn.state;
  if (link.name === 'catching-up' && swap === null && turn.state.fill === null && turn.partition.localVersion >= headVersion) {
    const { localVersion } = turn.partition;
    turn.phase('catch-up', turn.env.monotonic - link.startedAt, 'done', { changes: localVersion - link.fromVersion, serverVersion: headVersion });
    turn.setLink({ name: 'live', conn: link.conn });
    turn.facts(turn.env.now);
    if (stage.name === 'fetching') return hydrate(turn);
  }
  trySwap(turn);
  pump(turn);
  flushed(turn);
}

const laterVersion = (a: Version, b: Version): Version => (a > b ? a : b);
