import { err, ok, type Result } from '../../shared/base/result.ts';
import { parseEvent, type EventParams } from '../../shared/protocol/debug/index.ts';
import { eventSchema } from '../../shared/protocol/debug/parts.ts';

type Batch = EventParams<'Client.events'>;

const START = Buffer.from('{"method":"Client.events"');
const KINDS: ReadonlySet<unknown> = new Set(eventSchema.shape.kind.options);

/** True for a message that `parseBatch` takes; any other way to write one is left to the schema. */
export const isBatch = (text: Uint8Array): boolean => START.equals(text.subarray(0, START.length));

/**
 * Parses a message of events. They are most of what a hub receives, so what fits is recognised here without copying each of them; what
 * does not is given to the schema, which decides and says what is wrong. A test holds the two together.
 */
export function parseBatch(text: string): Result<Batch, string> {
  let message: { params?: unknown; method?: unknown };
  try {
    message = JSON.parse(text) as typeof message;
  } catch {
    return err('The message is not JSON');
  }
  // A second `method` in the text would be the one that counts.
  if (message.method !== 'Client.events' || 'id' in message || 'result' in message || 'error' in message) return err('The message is none of events');
  return fits(message.params) ? ok(message.params) : parseEvent('Client.events', message.params);
}

function fits(params: unknown): params is Batch {
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
