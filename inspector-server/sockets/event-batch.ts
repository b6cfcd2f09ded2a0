import { err, type Result } from '../../shared/base/result.ts';
import { parseEvent, type EventParams } from '../../shared/protocol/debug/index.ts';

type Batch = EventParams<'Client.events'>;

const START = Buffer.from('{"method":"Client.events"');

/** True for a message that `parseBatch` takes; any other way to write one is left to the schema. */
export const isBatch = (text: Uint8Array): boolean => START.equals(text.subarray(0, START.length));

/** Parses a message of events. */
export function parseBatch(text: string): Result<Batch, string> {
  let message: { params?: unknown; method?: unknown };
  try {
    message = JSON.parse(text) as typeof message;
  } catch {
    return err('The message is not JSON');
  }
  // A second `method` in the text would be the one that counts.
  if (message.method !== 'Client.events' || 'id' in message || 'result' in message || 'error' in message) return err('The message is none of events');
  return parseEvent('Client.events', message.params);
}
