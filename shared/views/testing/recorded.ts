import { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../../core/events.ts';
import type { DebugEvent } from '../../protocol/debug/index.ts';
import { createRecording, RecordingWriter } from '../../recording/index.ts';
import type { PlacedEvent } from '../event-queries.ts';
import type { Reader, SqlRow } from '../reader.ts';

export interface Recorded {
  readonly read: Reader;
  add(events: readonly DebugEvent[]): void;
  /** Statements that were run, the last one last. */
  readonly asked: string[];
}

/** A recording in memory that takes more events. */
export function recorded(events: readonly DebugEvent[] = []): Recorded {
  const db = new DatabaseSync(':memory:');
  createRecording(db);
  const writer = new RecordingWriter(db);
  const asked: string[] = [];
  const add = (more: readonly DebugEvent[]): void => writer.append([{ clientId: 'c', runId: 'r', events: [...more] }]);
  add(events);
  return {
    read: (sql, params = []) => {
      asked.push(sql);
      return Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]);
    },
    add,
    asked,
  };
}

/** A script of events of the wire, each a step later than the one before. */
export class Script {
  readonly events: DebugEvent[] = [];
  #at = 1_000;

  later(ms: number): this {
    this.#at += ms;
    return this;
  }

  event(kind: EventKind, part: Partial<DebugEvent> = {}): this {
    this.events.push({ seq: this.events.length + 1, at: this.#at, kind, contextId: 'a', activationId: 'x1', data: {}, ...part });
    return this;
  }

  out(type: string, data: DebugEvent['data'] = {}, part: Partial<DebugEvent> = {}): this {
    return this.event('frame', { ...part, data: { direction: 'out', type, endpoint: 'wss://s', ...data } });
  }

  in(type: string, data: DebugEvent['data'] = {}, part: Partial<DebugEvent> = {}): this {
    return this.event('frame', { ...part, data: { direction: 'in', type, endpoint: 'wss://s', ...data } });
  }

  /** Of the socket, not of a context. */
  socket(state: string, data: DebugEvent['data'] = {}): this {
    const { seq, at } = { seq: this.events.length + 1, at: this.#at };
    this.events.push({ seq, at, kind: 'connection', data: { state, endpoint: 'wss://s', ...data } });
    return this;
  }

  get placed(): readonly PlacedEvent[] {
    return this.events.map((event, place) => ({ ...event, place, runId: 'r' }));
  }
}
