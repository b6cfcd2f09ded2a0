import { EVENT_KINDS } from '../../core/events.ts';
import type { EventParams } from './index.ts';

const KINDS: ReadonlySet<unknown> = new Set(EVENT_KINDS);

/**
 * True for a message's params that are a batch of events as nearly all are. Events are most of what a hub and an inspector receive, so what fits is recognised
 * here without copying each of them; what does not is given to the schema, which decides and says what is wrong. A test holds the two together.
 */
export function isPlainBatch(params: unknown): params is EventParams<'Client.events'> {
  if (typeof params !== 'object' || params === null) return false;
  const { runId, events, dropped } = params as Record<string, unknown>;
  return typeof runId === 'string' && Array.isArray(events) && dropped === undefined && events.every(isEvent);
}

/** Field by field and without a loop over names: it is called for every event there is. */
function isEvent(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { seq, at, kind, data, mutationIds, contextId, activationId, entity, entityId, fromVersion, toVersion, bytes, durationMs } = event as Record<string, unknown>;
  if (!isCount(seq) || !Number.isFinite(at) || !KINDS.has(kind)) return false;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  if (!mayBeId(contextId) || !mayBeId(activationId) || !mayBeId(entity) || !mayBeId(entityId)) return false;
  if (!mayBeCount(fromVersion) || !mayBeCount(toVersion) || !mayBeAmount(bytes) || !mayBeAmount(durationMs)) return false;
  return mutationIds === undefined || (Array.isArray(mutationIds) && mutationIds.every(isId));
}

const isId = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 200;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const mayBeId = (value: unknown): boolean => value === undefined || isId(value);
const mayBeCount = (value: unknown): boolean => value === undefined || isCount(value);
const mayBeAmount = (value: unknown): boolean => value === undefined || (Number.isFinite(value) && (value as number) >= 0);
