import type { Json } from '../base/json.ts';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { formatAge, formatBytes, formatCount, plural } from './format.ts';

export type EventText = Pick<DebugEvent, 'kind' | 'entity' | 'entityId' | 'fromVersion' | 'toVersion' | 'mutationIds' | 'bytes' | 'durationMs' | 'data'>;

const word = (value: Json | undefined): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
const rowOf = (event: EventText): string => (event.entity === undefined ? '' : `${event.entity}/${event.entityId ?? ''}`);
const range = (event: EventText): string => `${formatCount(event.fromVersion ?? 0)} → ${formatCount(event.toVersion ?? 0)}`;

/** What an event is about, for a table cell: the row, the step, the counts. */
export function eventSubject(event: EventText): string {
  const { data } = event;
  switch (event.kind) {
    case 'lifecycle':
      return `${word(data['from'])} → ${word(data['to'])}`;
    case 'phase':
      return `phase ${word(data['phase'])}`;
    case 'connection':
      return data['to'] === undefined ? `socket ${word(data['state'])}` : `${word(data['from'])} → ${word(data['to'])}`;
    case 'push':
      return rowOf(event) || plural(count(data['count']), 'write');
    case 'result':
      return [plural(count(data['applied']), 'applied', 'applied'), ...nonZero(data, 'conflict'), ...nonZero(data, 'rejected')].join(', ');
    case 'delta':
      return rowOf(event) || plural(count(data['changes']), 'change');
    case 'snapshot':
      return `${word(data['mode']) || 'snapshot'} ${word(data['step'])}`;
    case 'migration':
      return `schema ${word(data['fromSchema'])} → ${word(data['toSchema'])}`;
    case 'prune':
      return `${formatBytes(count(data['bytes']))} freed`;
    case 'command':
      return `${word(data['method'])} by ${word(data['by'])}`;
    case 'error':
      return word(data['code']);
    case 'stale':
      return `${word(data['what'])} ${word(data['type'])}`;
    case 'gap':
      return `seq ${formatCount(count(data['fromSeq']))} to ${formatCount(count(data['toSeq']))}`;
    case 'frame':
      return word(data['type']);
    case 'clock':
      return `offset ${count(data['offsetMs'])} ms`;
    case 'replay':
      return `${word(data['mode'])} ${word(data['outcome'])}`;
    case 'drained':
      return plural(count(data['pushed']), 'write');
    case 'forget':
      return word(data['reason']);
    case 'write':
    case 'conflict':
      return rowOf(event);
  }
}

function nonZero(data: { readonly [key: string]: Json }, key: string): string[] {
  const n = count(data[key]);
  return n === 0 ? [] : [`${formatCount(n)} ${key}`];
}

/** An event in one line, for a list of what happened last. */
export function eventLine(event: EventText): string {
  const { data } = event;
  switch (event.kind) {
    case 'lifecycle':
      return `${capital(word(data['to']))}${word(data['reason']) === '' ? '' : `, ${word(data['reason'])}`}`;
    case 'phase':
      return `${capital(word(data['phase']))} ${word(data['outcome'])}${event.durationMs === undefined ? '' : ` in ${formatAge(event.durationMs)}`}`;
    case 'connection':
      return `Connection ${word(data['to']) || word(data['state'])}`;
    case 'write':
      return `${capital(word(data['op']) || 'write')} ${rowOf(event)}`;
    case 'push':
      return `Push of ${plural(count(data['count']), 'write')}${data['repeat'] === true ? ', sent again' : ''}`;
    case 'result':
      return `Result: ${eventSubject(event)}`;
    case 'delta':
      return `Delta ${range(event)}`;
    case 'snapshot':
      return `Snapshot ${word(data['step'])}${event.toVersion === undefined ? '' : ` at ${formatCount(event.toVersion)}`}`;
    case 'conflict':
      return `Conflict ${rowOf(event)}, ${word(data['strategy'])}`;
    case 'prune':
      return `Pruned, ${eventSubject(event)}`;
    case 'error':
      return `${word(data['code'])}: ${word(data['message'])}`;
    case 'gap':
      return `Gap: ${plural(count(data['toSeq']) - count(data['fromSeq']) + 1, 'event')} missing`;
    default:
      return `${capital(event.kind)} ${eventSubject(event)}`.trim();
  }
}

/** A kind as the chips write it. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
