import type { Json } from '../base/json.ts';

// TE1. What a client tells about itself. The inspector, the recording and the app's own telemetry see these and nothing else.

export const EVENT_KINDS = [
  'lifecycle',
  'phase',
  'connection',
  'write',
  'push',
  'result',
  'delta',
  'snapshot',
  'conflict',
  'migration',
  'prune',
  'forget',
  'replay',
  'drained',
  'stale',
  'command',
  'clock',
  'gap',
  'error',
  'frame',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const PHASES = ['open', 'migrate', 'hydrate', 'connect', 'catch-up'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * One event as the core makes it; the engine adds seq. Fields that do not apply are left out. What `data` holds by kind:
 *
 * | kind | data |
 * | --- | --- |
 * | lifecycle | from, to (LifecycleName), reason; serverVersion? |
 * | phase | phase (Phase), outcome `done` / `failed` / `aborted`; durationMs beside it |
 * | connection | from, to (ConnectionName) with a contextId; without one: state `connecting` / `ready` / `closed` / `backoff`, retryInMs? |
 * | write | op, replaced (mutationIds that this write took the place of), baseVersion |
 * | push | pushId, count, repeat (true: sent again unchanged); bytes of the frame beside it |
 * | result | pushId, applied, conflict, rejected (counts) |
 * | delta | changes, own (how many were this device's), serverVersion, filled (true: by FETCH_LOG) |
 * | snapshot | mode, version, step `started` / `downloaded` / `adopted` / `failed`, generation |
 * | conflict | conflictId, strategy, winner `mine` / `theirs` / `merged`, state, theirDevice, theirVersion, decided; beside it fromVersion: what mine stood on, toVersion: theirs |
 * | migration | fromSchema, toSchema, rows, outcome |
 * | prune | bytes, pending, choice, quarantine? |
 * | forget | reason, discarded (mutationIds) |
 * | replay | mode, outcome, differences? |
 * | drained | pushed |
 * | stale | what `frame` / `call`, type, expected, got (activationIds) |
 * | command | commandId, method, by, outcome |
 * | clock | offsetMs, shifted (mutationIds), jumpMs? |
 * | gap | fromSeq, toSeq, reason |
 * | error | code, message |
 * | frame | direction `in` / `out`, type, endpoint; pushId?, requestId?, nonce?, changes? (count), mode?, code?, outcome? (counts of a PUSH_RESULT); frame? (what it held, without a token), omitted? (its size, where that is too large) |
 */
export interface CoreEvent {
  readonly kind: EventKind;
  readonly contextId?: string;
  readonly activationId?: string;
  readonly entity?: string;
  readonly entityId?: string;
  readonly fromVersion?: number;
  readonly toVersion?: number;
  readonly mutationIds?: readonly string[];
  readonly bytes?: number;
  readonly durationMs?: number;
  readonly data: { readonly [key: string]: Json };
}

/** An event with its place: (runId, seq) names it; `at` is in ms since 1970. */
export interface RuntimeEvent extends CoreEvent {
  readonly seq: number;
  readonly at: number;
}
