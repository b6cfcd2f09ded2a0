import type { PlacedEvent } from '../../../views/event-queries.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import type { RowName } from '../../../views/frame-content.ts';
import type { Inspector } from '../../state/inspector.ts';

// Where the chain of a frame leads on: to its moment, its rows, its conflict, its events.

const WINDOW_MS = 20_000;

function showAt(inspector: Inspector, place: number, at: number, contextId: string): void {
  const { fields } = inspector.view.get();
  inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(place) }, to: at + WINDOW_MS / 4, width: WINDOW_MS, ...(contextId === '' ? {} : { selected: contextId }) });
}

export const showFrame = (inspector: Inspector, frame: WireFrame): void => showAt(inspector, frame.place, frame.at, frame.contextId);

/** A conflict in its workbench, any other event in Timeline. */
export function openEvent(inspector: Inspector, event: PlacedEvent): void {
  if (event.kind !== 'conflict') return showAt(inspector, event.place, event.at, event.contextId ?? '');
  inspector.go('conflicts', { fields: { ...inspector.view.get().fields, conflicts: '', 'conflicts.state': '', 'conflicts.row': String(event.place) } });
}

/** The context of a frame in Data, with its row where it names one. */
export function openRow(inspector: Inspector, contextId: string, row: RowName | undefined): void {
  const { fields } = inspector.view.get();
  const chosen = row === undefined ? {} : { 'data.entity': row.entity, 'data.row': row.id, data: row.id };
  inspector.go('data', { selected: contextId, fields: { ...fields, 'data.asof': '', ...chosen } });
}

/** The events of an exchange, as a query that can be changed. */
export function queryFrames(inspector: Inspector, frame: WireFrame, exchange: readonly WireFrame[]): void {
  const places = exchange.map(({ place }) => place + 1);
  const about = frame.mutationIds.length === 0 ? '' : `\n  or exists (select 1 from json_each(mutationIds) where value in (${frame.mutationIds.slice(0, 20).map((id) => `'${id.replaceAll("'", "''")}'`).join(', ')}))`;
  const sql = `select place, seq, at, kind, contextId, fromVersion, toVersion, bytes, durationMs, data\nfrom events\nwhere place in (${places.join(', ')})${about}\norder by place`;
  inspector.go('query', { fields: { ...inspector.view.get().fields, 'query.target': 'recording', query: sql } });
}
