import { type Json, canonicalText } from '../../base/json.ts';
import { rowKey, type Change, type Mutation, type MutationOutcome } from '../change.ts';
import { moveDigest, rowHash, type Digest, type Hash64 } from '../digest.ts';
import type { ContextId, DeviceId, LogId, MutationId, Version } from '../ids.ts';
import { versionAfter } from '../ids.ts';
import type { Role } from '../registry-row.ts';
import { MAX_VALUE_BYTES, utf8Length } from '../value.ts';
import type { LogHead } from './log-head.ts';

/** A row of the server, as read under the lock. Tombstones are rows with `deleted` until the horizon passes them. */
export interface ServerRow {
  readonly version: Version;
  readonly deleted: boolean;
  readonly timestamp: number;
  /** `rowHash` of the live row as an unsigned bigint; 0n for a tombstone. */
  readonly hash: bigint;
}

/** What was read for a push while the context's row was locked (SV1). */
export interface PushFacts {
  /** By `rowKey`; a row that is absent or gone behind the horizon is missing. */
  readonly rows: ReadonlyMap<string, ServerRow>;
  /** Outcomes that were recorded before. */
  readonly known: ReadonlyMap<MutationId, MutationOutcome>;
}

export interface PushSender {
  readonly deviceId: DeviceId;
  readonly role: Role;
  /** True for the back office, which alone may write ambient contexts (AM3, SV back-office calls). */
  readonly backOffice?: boolean;
}

export interface PushRequest {
  readonly contextId: ContextId;
  /** The log that the sender's partition was built from. */
  readonly logId: LogId;
  readonly localVersion: Version;
  readonly mutations: readonly Mutation[];
}

/** One applied mutation: the change to append, the row it makes, and the digest behind it. */
export interface AppliedChange {
  readonly change: Change;
  /** Canonical text, exactly as hashed and stored (SV4); null for a delete. */
  readonly text: string | null;
  readonly hash: bigint;
  readonly digest: Digest;
}

export interface PushDecision {
  /** One per mutation, in order. */
  readonly results: readonly MutationOutcome[];
  /** Outcomes to record: those of `results` that were not known before. */
  readonly record: readonly MutationOutcome[];
  readonly applied: readonly AppliedChange[];
  readonly head: Version;
  readonly digest: Digest;
}

/** A stamp may be this far ahead of the server's clock, in ms (CF5). */
export const MAX_CLOCK_LEAD = 300_000;

/**
 * The whole of what a server decides about a push (SV1, SV3, CF1, OB4, CF5, AM3): compare each mutation's baseVersion with its row's
 * version, and set. It knows no strategy. A refused mutation takes no version. `now`: the server's clock, ms since 1970.
 */
export function decidePush(log: LogHead, sender: PushSender, push: PushRequest, facts: PushFacts, now: number, hash: Hash64): PushDecision {
  const rows = new Map(facts.rows);
  const known = new Map(facts.known);
  const results: MutationOutcome[] = [];
  const record: MutationOutcome[] = [];
  const applied: AppliedChange[] = [];
  let head = log.head;
  let digest = log.digest;
  for (const mutation of push.mutations) {
    const before = known.get(mutation.mutationId);
    if (before !== undefined) {
      results.push(before);
      continue;
    }
    const key = rowKey(mutation.entity, mutation.entityId);
    const row = rows.get(key);
    const text = mutation.op === 'put' ? canonicalText(mutation.value as Json) : null;
    const refusal = refuse(log, sender, push, mutation, row, text, now);
    let outcome: MutationOutcome;
    if (refusal !== null) {
      outcome = refusal;
    } else {
      head = versionAfter(head, 1);
      const rowDigest = text === null ? 0n : rowHash(hash, mutation.entity, mutation.entityId, head, text);
      digest = moveDigest(digest, rowDigest, row?.hash ?? 0n);
      applied.push({ change: changeOf(push.contextId, head, mutation, sender.deviceId), text, hash: rowDigest, digest });
      rows.set(key, { version: head, deleted: text === null, timestamp: mutation.timestamp, hash: rowDigest });
      outcome = { mutationId: mutation.mutationId, outcome: 'applied', contextVersion: head };
    }
    known.set(mutation.mutationId, outcome);
    results.push(outcome);
    record.push(outcome);
  }
  return { results, record, applied, head, digest };
}

function refuse(
  log: LogHead,
  sender: PushSender,
  push: PushRequest,
  mutation: Mutation,
  row: ServerRow | undefined,
  text: string | null,
  now: number,
): MutationOutcome | null {
  const { mutationId } = mutation;
  const rejected = (code: NonNullable<MutationOutcome['code']>, message: string): MutationOutcome => ({
    mutationId,
    outcome: 'rejected',
    code,
    message,
  });
  // Before anything else: under another log no version of the sender means anything (SV1, SY7).
  if (push.logId !== log.logId) return { mutationId, outcome: 'conflict', currentVersion: 0 as Version };
  if (log.kind === 'ambient' && sender.backOffice !== true) return rejected('FORBIDDEN', 'Ambient data is written by the back office only');
  if (sender.role === 'reader') return rejected('FORBIDDEN', 'The role reader may not write');
  if (mutation.schemaVersion < log.readableFrom) return rejected('SCHEMA_AHEAD', `The context's rows need schema ${log.readableFrom} or later`);
  if (text !== null && !isWellFormed(mutation.value as Json)) return rejected('BAD_VALUE', 'A string in the value has a lone surrogate');
  if (text !== null && utf8Length(text) > MAX_VALUE_BYTES) return rejected('TOO_LARGE', `A value may have at most ${MAX_VALUE_BYTES} bytes`);
  const latest = Math.max(now + MAX_CLOCK_LEAD, (row?.timestamp ?? -Infinity) + 1);
  if (newestStamp(mutation) > latest) return rejected('CLOCK_SKEW', 'The stamp is more than 5 minutes ahead of the server');
  if (row === undefined) {
    // It may have been born and died behind the horizon, unseen by a sender that has not got there (SV3).
    const passed = mutation.baseVersion === 0 && push.localVersion >= log.horizon;
    return passed ? null : { mutationId, outcome: 'conflict', currentVersion: log.horizon };
  }
  return row.version === mutation.baseVersion ? null : { mutationId, outcome: 'conflict', currentVersion: row.version };
}

/** A field's stamp counts like the row's: a stamp far ahead hidden in a field would win for ever. */
function newestStamp(mutation: Mutation): number {
  let newest = mutation.timestamp;
  for (const stamp of Object.values(mutation.stamps ?? {})) newest = Math.max(newest, stamp[0]);
  return newest;
}

function changeOf(contextId: ContextId, contextVersion: Version, mutation: Mutation, deviceId: DeviceId): Change {
  const { baseVersion: _, ...rest } = mutation;
  return { contextId, contextVersion, ...rest, deviceId };
}

function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isWellFormed(item));
}
