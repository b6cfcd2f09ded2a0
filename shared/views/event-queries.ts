import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { number, text, type Reader, type SqlRow, type SqlValue } from './reader.ts';

/** An event as a recording holds it, with its place in the order of arrival. */
export interface PlacedEvent extends DebugEvent {
  readonly place: number;
  readonly runId: string;
}

// A recording counts places from 1, the index in memory from 0.
const COLUMNS = 'place, runId, seq, at, kind, contextId, activationId, entity, entityId, fromVersion, toVersion, mutationIds, bytes, durationMs, data';

const isKind = (kind: string): kind is EventKind => (EVENT_KINDS as readonly string[]).includes(kind);

export function readEvent(row: SqlRow): PlacedEvent {
  const kind = text(row['kind']);
  const optional = (key: string): { [key: string]: SqlValue } => (row[key] === null || row[key] === undefined ? {} : { [key]: row[key] });
  return {
    place: number(row['place']) - 1,
    runId: text(row['runId']),
    seq: number(row['seq']),
    at: number(row['at']),
    kind: isKind(kind) ? kind : 'error',
    ...(optional('contextId') as { contextId?: string }),
    ...(optional('activationId') as { activationId?: string }),
    ...(optional('entity') as { entity?: string }),
    ...(optional('entityId') as { entityId?: string }),
    ...(optional('fromVersion') as { fromVersion?: number }),
    ...(optional('toVersion') as { toVersion?: number }),
    ...(optional('bytes') as { bytes?: number }),
    ...(optional('durationMs') as { durationMs?: number }),
    ...(row['mutationIds'] === null || row['mutationIds'] === undefined ? {} : { mutationIds: JSON.parse(text(row['mutationIds'])) as string[] }),
    data: JSON.parse(text(row['data']) || '{}') as DebugEvent['data'],
  };
}

/** Events at these places, in order. */
export async function eventsAt(read: Reader, places: readonly number[]): Promise<readonly PlacedEvent[]> {
  if (places.length === 0) return [];
  const rows = await read(`SELECT ${COLUMNS} FROM events WHERE place IN (SELECT value + 1 FROM json_each(?)) ORDER BY place`, [JSON.stringify(places)]);
  return rows.map(readEvent);
}

/** The newest events of a context up to a place, without the noise of frames and phases. */
export async function latestEvents(read: Reader, contextId: string, upTo: number, limit: number): Promise<readonly PlacedEvent[]> {
  const rows = await read(
    `SELECT ${COLUMNS} FROM events WHERE contextId = ? AND place <= ? AND kind NOT IN ('frame', 'phase') ORDER BY place DESC LIMIT ?`,
    [contextId, upTo + 1, limit],
  );
  return rows.map(readEvent);
}

/** How one write went: write, push, result, delta and the conflict between them, by its mutationIds and those that took its place. */
export async function chainOf(read: Reader, contextId: string, mutationIds: readonly string[]): Promise<readonly PlacedEvent[]> {
  if (mutationIds.length === 0) return [];
  const rows = await read(
    `SELECT ${COLUMNS} FROM events WHERE contextId = ? AND mutationIds IS NOT NULL AND kind <> 'frame'
     AND EXISTS (SELECT 1 FROM json_each(events.mutationIds) WHERE value IN (SELECT value FROM json_each(?))) ORDER BY place LIMIT 200`,
    [contextId, JSON.stringify(mutationIds)],
  );
  return rows.map(readEvent);
}

/** Places within which the frame that carried an event is looked for: it is told right beside it. */
const FRAME_WITHIN = 500;

/** The frame that an event tells of: its own, or the nearest of its context that names one of its writes. Null where none was recorded. */
export async function frameOfEvent(read: Reader, event: PlacedEvent): Promise<PlacedEvent | null> {
  if (event.kind === 'frame') return event;
  if (event.contextId === undefined || event.mutationIds === undefined) return null;
  const rows = await read(
    `SELECT ${COLUMNS} FROM events WHERE place BETWEEN ?1 - ${FRAME_WITHIN} AND ?1 + ${FRAME_WITHIN} AND kind = 'frame' AND contextId = ?2 AND mutationIds IS NOT NULL
     AND EXISTS (SELECT 1 FROM json_each(events.mutationIds) WHERE value IN (SELECT value FROM json_each(?3))) ORDER BY abs(place - ?1) LIMIT 1`,
    [event.place + 1, event.contextId, JSON.stringify(event.mutationIds)],
  );
  return rows[0] === undefined ? null : readEvent(rows[0]);
}

/** Places of the events that have one of these words in a name, an id, or what they hold. */
export async function placesWith(read: Reader, words: readonly string[], keys: readonly { readonly key: string; readonly value: string; readonly whole?: boolean }[]): Promise<readonly number[]> {
  const where: string[] = [];
  const params: SqlValue[] = [];
  for (const { key, value, whole = false } of keys) {
    const column = KEYS[key];
    if (column === undefined) continue;
    where.push(column.exact ? `${column.sql} = ?` : whole && column.sql !== 'mutationIds' ? `lower(${column.sql}) = ?` : `${column.sql} LIKE '%' || ? || '%'`);
    params.push(value);
  }
  for (const one of words) {
    where.push(`(entity LIKE '%' || ? || '%' OR entityId LIKE '%' || ? || '%' OR contextId LIKE '%' || ? || '%' OR kind LIKE '%' || ? || '%' OR data LIKE '%' || ? || '%')`);
    params.push(one, one, one, one, one);
  }
  if (where.length === 0) return [];
  // One text of numbers: a million of them as rows would take seconds to hand over.
  const rows = await read(`SELECT json_group_array(place) AS places FROM (SELECT place - 1 AS place FROM events WHERE ${where.join(' AND ')} ORDER BY place)`, params);
  return JSON.parse(String(rows[0]?.['places'] ?? '[]')) as number[];
}

const KEYS: { readonly [key: string]: { readonly sql: string; readonly exact: boolean } } = {
  kind: { sql: 'kind', exact: true },
  context: { sql: 'contextId', exact: false },
  entity: { sql: 'entity', exact: false },
  id: { sql: 'entityId', exact: false },
  activation: { sql: 'activationId', exact: false },
  mutation: { sql: 'mutationIds', exact: false },
  seq: { sql: 'seq', exact: true },
};
