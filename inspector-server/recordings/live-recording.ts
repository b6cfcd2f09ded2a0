import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import { Emitter } from '../../shared/base/emitter.ts';
import type { ClientInfo, DebugEvent, RegistryEntry } from '../../shared/protocol/debug/index.ts';
import { creditOf } from '../../shared/protocol/debug/credit.ts';
import { RecordingReader, RecordingWriter, erasedOf, eraseContext, eraseUpTo, giveBack, inTransaction, StepWriter, usedBytes, type DroppedRange, type EventBatch, type RecordedGap, type StepLine } from '../../shared/recording/index.ts';
import type { HubLimits } from '../options.ts';
import { closeRecording } from './open-recording.ts';

interface RecorderPlace {
  readonly segment: string | null;
  readonly offset: number;
}

export interface PlacedEvent {
  readonly place: number;
  readonly runId: string;
  readonly event: DebugEvent;
}

/** A batch as its agent sent it, with nothing in it that an inspector of everything should not get. */
export interface WholeBatch {
  readonly text: string;
  readonly runId: string;
  readonly lastSeq: number;
  readonly lastPlace: number;
  /** What it counts for as credit. */
  readonly cost: number;
}

/** Newest events that are kept in memory, so that attached inspectors are served without reading them again. */
const TAIL = 4_000;
/** A mark says which place had been reached when; expiry goes by the hub's clock, because a client's may say anything. */
const MARK = 'hub.reached.';
const MARK_EVERY_MS = 600_000;
const NOT_WRITTEN = 'the hub could not write it';
const RECORDER_PLACE = 'hub.recorder';
/** When the hub last heard from the client. */
export const SEEN_AT = 'hub.seenAt';

/** The recording of one client, on disk, growing. Events are written in batches, and told about once they are written. */
export class LiveRecording {
  readonly file: string;
  /** Events were written, or erased. */
  readonly grew = new Emitter<void>();
  readonly #db: DatabaseSync;
  readonly #writer: RecordingWriter;
  readonly #reader: RecordingReader;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #trouble: (message: string) => void;
  readonly #lastSeqs = new Map<string, number>();
  /** What could not be written, to be said as gaps when writing works again. */
  #unwritten: EventBatch[] = [];
  #isFailing = false;
  #waiting: (EventBatch & { readonly text?: string })[] = [];
  #waitingBytes = 0;
  #sinceTrim = 0;
  #written: (() => void)[] = [];
  #timer: Undo | null = null;
  #tail: PlacedEvent[] = [];
  /** By the place of its first event, oldest first. */
  readonly #whole = new Map<number, WholeBatch>();
  #gapRevision = 0;
  #markedAt = 0;
  #markedPlace = 0;
  #closed = false;

  /** `lastWrittenAt`: when the file was last written to, so that what came before a restart is not taken for new. */
  constructor(file: string, db: DatabaseSync, limits: HubLimits, clock: Clock, lastWrittenAt: number, trouble: (message: string) => void) {
    this.#trouble = trouble;
    this.file = file;
    this.#db = db;
    this.#reader = RecordingReader.open(db);
    this.#writer = new RecordingWriter(db);
    this.#limits = limits;
    this.#clock = clock;
    this.#markedPlace = Math.max(0, ...[...this.#reader.meta()].filter(([key]) => key.startsWith(MARK)).map(([, place]) => Number(place)));
    this.#mark(lastWrittenAt);
  }

  get lastPlace(): number {
    return this.#writer.lastPlace;
  }

  get bytes(): number {
    return usedBytes(this.#db);
  }

  get reader(): RecordingReader {
    return this.#reader;
  }

  /** The last seq of a run that is here, written or about to be; -1: none. */
  lastSeq(runId: string): number {
    const known = this.#lastSeqs.get(runId) ?? this.#reader.lastSeq(runId);
    this.#lastSeqs.set(runId, known);
    return known;
  }

  /** Takes a batch of an agent; what is here already is left out. `written` is called when it is on disk. */
  add(clientId: string, runId: string, events: readonly DebugEvent[], dropped: readonly DroppedRange[], bytes: number, written: () => void, text?: string): void {
    let last = this.lastSeq(runId);
    const fresh = events.filter(({ seq }) => (seq > last ? ((last = seq), true) : false));
    for (const { toSeq } of dropped) last = Math.max(last, toSeq);
    this.#lastSeqs.set(runId, last);
    const isWhole = fresh.length === events.length && dropped.length === 0 && !events.some(({ kind }) => kind === 'frame');
    if (fresh.length > 0 || dropped.length > 0) this.#waiting.push({ clientId, runId, events: fresh, dropped, ...(isWhole && text !== undefined ? { text } : {}) });
    if (dropped.length > 0) this.#gapRevision++;
    this.#written.push(written);
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= this.#limits.flushBytes) this.flush();
    else this.#timer ??= this.#clock.after(this.#limits.flushMs, () => this.flush());
  }

  /** Writes what waits. */
  flush(): void {
    this.#timer?.();
    this.#timer = null;
    const batches = this.#waiting;
    const written = this.#written;
    this.#sinceTrim += this.#waitingBytes;
    this.#waiting = [];
    this.#written = [];
    this.#waitingBytes = 0;
    if (this.#closed || (batches.length === 0 && written.length === 0)) return;
    let place = this.#writer.lastPlace;
    if (this.#try(() => this.#writer.append([...this.#unwritten, ...batches]))) this.#unwritten = [];
    else return this.#lost(batches, written);
    const forgotten: { clientId: string; contextId: string; place: number }[] = [];
    for (const { clientId, runId, events, text } of batches) {
      const lastSeq = events.at(-1)?.seq;
      if (text !== undefined && lastSeq !== undefined) this.#whole.set(place + 1, { text, runId, lastSeq, lastPlace: place + events.length, cost: Math.min(text.length, creditOf(events)) });
      for (const event of events) {
        this.#tail.push({ place: ++place, runId, event });
        if (event.kind === 'forget' && event.contextId !== undefined) forgotten.push({ clientId, contextId: event.contextId, place });
      }
    }
    if (this.#tail.length > TAIL * 2) this.#tail = this.#tail.slice(-TAIL);
    for (const first of this.#whole.keys()) {
      if (first >= (this.#tail[0]?.place ?? 0)) break;
      this.#whole.delete(first);
    }
    this.#try(() => {
      if (this.#clock.now() - this.#markedAt >= MARK_EVERY_MS) this.#mark(this.#clock.now());
      // A client that floods must not wait for the hour of tidying up.
      if (this.#sinceTrim > this.#limits.recordingBytes / 8 && this.#trim(this.#limits.recordingBytes) > 0) this.#erased();
      for (const one of forgotten) this.#forget(one.clientId, one.contextId, one.place);
    });
    for (const tell of written) tell();
    this.grew.emit();
  }

  /** Events behind a place, from memory where they are still there. */
  page(after: number, limit: number): readonly PlacedEvent[] {
    const first = this.#tail[0];
    if (first === undefined || after + 1 < first.place) return this.#reader.events({ after, limit });
    const from = this.#tail.findLastIndex(({ place }) => place <= after) + 1;
    return this.#tail.slice(from, from + limit);
  }

  /** The batch that begins right behind a place, as it came. */
  wholeAfter(place: number): WholeBatch | undefined {
    return this.#whole.get(place + 1);
  }

  /** Counts up whenever a gap was added. */
  get gapRevision(): number {
    return this.#gapRevision;
  }

  gaps(runId: string, fromSeq: number): readonly RecordedGap[] {
    return this.#reader.gaps(runId, fromSeq);
  }

  /** Per run, the seqs of the events in a range of places. */
  seqsBetween(after: number, upTo: number): readonly { readonly runId: string; readonly fromSeq: number; readonly toSeq: number }[] {
    const rows = this.#db.prepare('SELECT runId, min(seq) AS fromSeq, max(seq) AS toSeq FROM events WHERE place > ? AND place <= ? GROUP BY runId ORDER BY min(place)').all(after, upTo);
    return rows.map(({ runId, fromSeq, toSeq }) => ({ runId: String(runId), fromSeq: Number(fromSeq), toSeq: Number(toSeq) }));
  }

  /** How many events of a run up to a place are of these contexts, those that are erased among them: their numbers for who may see no others. */
  countOf(runId: string, contexts: readonly string[], upToPlace: number): number {
    const row = this.#db.prepare('SELECT count(*) AS n FROM events WHERE contextId IN (SELECT value FROM json_each(?)) AND runId = ? AND place <= ?').get(JSON.stringify(contexts), runId, upToPlace);
    return this.#goneOf(runId, contexts) + Number(row?.['n']);
  }

  /** The place behind which the event with such a number is; the newest place when there is none. */
  placeBeforeNumber(runId: string, contexts: readonly string[], number: number): number {
    const gone = this.#goneOf(runId, contexts);
    const row = this.#db.prepare('SELECT place FROM events WHERE contextId IN (SELECT value FROM json_each(?)) AND runId = ? ORDER BY place LIMIT 1 OFFSET ?').get(JSON.stringify(contexts), runId, Math.max(0, number - gone));
    return row === undefined ? this.lastPlace : Number(row['place']) - 1;
  }

  #goneOf(runId: string, contexts: readonly string[]): number {
    const counts = erasedOf(this.#db, runId);
    return contexts.reduce((sum, contextId) => sum + (counts[contextId] ?? 0), 0);
  }

  /** Contexts that events name. */
  contextIds(): readonly string[] {
    return this.#db.prepare('SELECT DISTINCT contextId FROM events WHERE contextId IS NOT NULL').all().map(({ contextId }) => String(contextId));
  }

  /** The place in the client's flight recorder up to which its steps are here. */
  recorderPlace(): RecorderPlace {
    const kept = this.#reader.meta().get(RECORDER_PLACE);
    return kept === undefined ? { segment: null, offset: 0 } : (JSON.parse(kept) as RecorderPlace);
  }

  /** Steps and checkpoints of one segment, and the place behind them; those of a run that nobody heard of are passed over. */
  putSteps({ about }: Extract<StepLine, { k: 'head' }>, lines: readonly StepLine[], core: { readonly version: string; readonly behaviour: string }, place: RecorderPlace | null): void {
    if (this.#closed) return;
    this.#try(() => {
      inTransaction(this.#db, () => {
        if (this.#reader.clients().some(({ runId }) => runId === about.runId)) {
          const steps = new StepWriter(this.#db, about.runId);
          for (const line of lines) this.#sinceTrim += steps.put(line, about);
          this.#writer.putMeta('coreVersion', core.version);
          this.#writer.putMeta('behaviourHash', core.behaviour);
        }
        if (place !== null) this.#writer.putMeta(RECORDER_PLACE, JSON.stringify(place));
      });
    });
  }

  putClient(info: ClientInfo): void {
    this.#try(() => this.#writer.putClient(info));
  }

  /** Notes when the client was last heard. */
  seen(at: number): void {
    this.#try(() => this.#writer.putMeta(SEEN_AT, String(at)));
  }

  putContexts(clientId: string, entries: readonly RegistryEntry[], removed: readonly string[]): void {
    this.#try(() => this.#writer.putContexts(clientId, entries, removed));
  }

  /** Removes what is older than `ageMs` by the hub's clock, and the oldest of what is over `maxBytes`. Returns how many events went. */
  retain(ageMs: number, maxBytes: number): number {
    this.flush();
    this.#mark(this.#clock.now());
    const marks = [...this.#reader.meta()].filter(([key]) => key.startsWith(MARK)).map(([key, place]) => ({ at: Number(key.slice(MARK.length)), place: Number(place) }));
    const old = marks.filter(({ at }) => at <= this.#clock.now() - ageMs);
    let gone = 0;
    if (old.length > 0) {
      gone += eraseUpTo(this.#db, Math.max(...old.map(({ place }) => place)), 'age');
      for (const { at } of old) this.#db.prepare('DELETE FROM meta WHERE key = ?').run(`${MARK}${at}`);
    }
    gone += this.#trim(maxBytes);
    if (gone > 0) this.#erased();
    return gone;
  }

  #trim(maxBytes: number): number {
    let gone = 0;
    for (let bytes = this.bytes; bytes > maxBytes; bytes = this.bytes) {
      const { events } = this.#reader.summary();
      if (events === 0) break;
      const share = Math.min(1, Math.max(0.1, 1 - (maxBytes * 0.9) / bytes));
      const cut = this.#db.prepare('SELECT place FROM events ORDER BY place LIMIT 1 OFFSET ?').get(Math.min(events - 1, Math.ceil(events * share)))?.['place'];
      gone += eraseUpTo(this.#db, Number(cut), 'size');
    }
    this.#sinceTrim = 0;
    return gone;
  }

  /** For a copy of it. */
  get database(): DatabaseSync {
    return this.#db;
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#timer?.();
    this.#try(() => closeRecording(this.#db));
    if (this.#db.isOpen) this.#db.close();
  }

  /** A disk that is full, or gone, costs events and never the hub. False when it did; said once until it works again. */
  #try(work: () => void): boolean {
    try {
      work();
      this.#isFailing = false;
      return true;
    } catch (thrown) {
      if (!this.#isFailing) this.#trouble(`${this.file} cannot be written, and events are lost: ${messageOf(thrown)}`);
      this.#isFailing = true;
      return false;
    }
  }

  #lost(batches: readonly EventBatch[], written: readonly (() => void)[]): void {
    this.#gapRevision++;
    for (const { clientId, runId, events, dropped = [] } of batches) {
      const [fromSeq, toSeq] = [events[0]?.seq, events.at(-1)?.seq];
      const gaps = [...dropped, ...(fromSeq === undefined || toSeq === undefined ? [] : [{ fromSeq, toSeq, reason: NOT_WRITTEN }])];
      const before = this.#unwritten.at(-1)?.dropped?.at(-1);
      // Ranges that touch are one, so that an hour without a disk takes no memory.
      if (before?.reason === NOT_WRITTEN && gaps.length === 1 && this.#unwritten.at(-1)?.runId === runId) {
        this.#unwritten[this.#unwritten.length - 1] = { clientId, runId, events: [], dropped: [{ ...before, toSeq: toSeq ?? before.toSeq }] };
      } else this.#unwritten.push({ clientId, runId, events: [], dropped: gaps });
    }
    for (const tell of written) tell();
  }

  /** PR5: everything of the context goes, but for the event that says so. */
  #forget(clientId: string, contextId: string, place: number): void {
    eraseContext(this.#db, contextId, place - 1);
    this.#writer.putContexts(clientId, [], [contextId]);
    this.#erased();
  }

  #erased(): void {
    giveBack(this.#db);
    // What was overwritten in the database must not live on in its log.
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#tail = [];
    this.#whole.clear();
  }

  /** Notes that everything up to now arrived before `at`. */
  #mark(at: number): void {
    this.#markedAt = at;
    if (this.lastPlace === this.#markedPlace) return;
    this.#markedPlace = this.lastPlace;
    this.#writer.putMeta(`${MARK}${at}`, String(this.lastPlace));
  }
}
