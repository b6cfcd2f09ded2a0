import { csvLine } from './csv.ts';
import { eventSubject } from './describe-event.ts';
import type { PlacedEvent } from './event-queries.ts';

export type EventFormat = 'csv' | 'ndjson';

const COLUMNS = ['seq', 'at', 'kind', 'contextId', 'activationId', 'entity', 'entityId', 'fromVersion', 'toVersion', 'bytes', 'durationMs', 'mutationIds', 'subject', 'runId'] as const;

/** What stands before the first event of a file. */
export const eventFileHead = (format: EventFormat): string => (format === 'csv' ? csvLine(COLUMNS) : '');

/** Events as lines of a file: CSV with what each is about in words, or the whole event as JSON; `values` false leaves out what frames held. */
export function eventLines(events: readonly PlacedEvent[], format: EventFormat, values: boolean): string {
  return events.map(format === 'csv' ? asCsv : (event) => asJson(event, values)).join('');
}

function asCsv(event: PlacedEvent): string {
  const { seq, at, kind, contextId = null, activationId = null, entity = null, entityId = null, fromVersion = null, toVersion = null, bytes = null, durationMs = null, mutationIds = [], runId } = event;
  return csvLine([seq, new Date(at).toISOString(), kind, contextId, activationId, entity, entityId, fromVersion, toVersion, bytes, durationMs, mutationIds.join(' '), eventSubject(event), runId]);
}

function asJson({ place: _place, data, ...event }: PlacedEvent, values: boolean): string {
  const { frame: _frame, ...rest } = data;
  return `${JSON.stringify({ ...event, data: values ? data : rest })}\n`;
}
