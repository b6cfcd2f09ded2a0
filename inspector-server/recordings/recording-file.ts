import type { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../../shared/base/app-error.ts';
import type { DebugEvent } from '../../shared/protocol/debug/index.ts';
import { creditOf } from '../../shared/protocol/debug/credit.ts';
import { RecordingReader, RecordingWriter, StepWriter, countOf, eraseContext, giveBack, inTransaction, indexByContext, parseStepLine, type EventBatch, type StepLine } from '../../shared/recording/index.ts';
import { parseBatch } from '../sockets/event-batch.ts';
import { closeRecording, openToWrite } from './open-recording.ts';
import { Retention } from './retention.ts';
import { LEFT_OUT, MAX_NAMES, NOT_WRITTEN, RECORDER_PLACE, SEEN_AT, seqsOf, type BatchOutcome, type LostRange, type SentBatch, type WriteTask, type Written } from './write-task.ts';

type Task<D extends WriteTask['do']> = Extract<WriteTask, { readonly do: D }>;
type Answer = { -readonly [K in keyof Written]: Written[K] };

interface Opened {
  readonly db: DatabaseSync;
  readonly reader: RecordingReader;
  readonly writer: RecordingWriter;
  readonly retention: Retention;
}

interface Taken {
  readonly outcome: BatchOutcome;
  readonly batch?: EventBatch;
}

/** A client's recording, for the thread that writes: it does one task after the other, and says what the main thread has to know of each. */
export class RecordingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #writtenAt: number;
  readonly #connect: (path: string) => DatabaseSync;
  readonly #lastSeqs = new Map<string, number>();
  readonly #names = new Set<string>();
  #opened: Opened | null = null;
  /** What could not be written, to be said as gaps when writing works again. */
  #unwritten: EventBatch[] = [];
  #isFailing = false;
  #sinceTrim = 0;
  /** Bytes that were erased are in the log still, because somebody was reading it. */
  #isLogDirty = false;
  #answer: Answer = nothing();

  constructor(path: string, { maxBytes, writtenAt }: { readonly maxBytes: number; readonly writtenAt: number }, connect = openToWrite) {
    this.#path = path;
    this.#connect = connect;
    this.#maxBytes = maxBytes;
    this.#writtenAt = writtenAt;
  }

  /** Does a task, `at` by the hub's clock. Throws for one that makes no sense; a disk that is full, or gone, costs events and never the hub. */
  do(task: WriteTask, at: number): Written {
    this.#answer = nothing();
    if (this.#isLogDirty) this.#try(() => this.#cleanLog());
    this.#do(task, at);
    this.#answer.lastPlace = this.#opened?.writer.lastPlace ?? 0;
    return this.#answer;
  }

  #do(task: WriteTask, at: number): void {
    switch (task.do) {
      case 'events':
        this.#answer.outcomes = this.#events(task, at);
        return;
      case 'gaps':
        this.#append(task.gaps.flatMap((gap) => this.#gap(task.clientId, gap) ?? []));
        return;
      case 'client':
        this.#try(({ writer }) => writer.putClient(task.info));
        return;
      case 'contexts':
        this.#try(({ writer }) => writer.putContexts(task.clientId, task.entries, task.removed));
        return;
      case 'seen':
        this.#try(({ writer }) => writer.putMeta(SEEN_AT, String(task.at)));
        return;
      case 'steps':
        this.#steps(task);
        return;
      case 'retain':
        this.#try(({ retention }) => this.#gone(retention.expire(task.ageMs, at) + this.#trim(task.maxBytes)));
        return;
      case 'index':
        this.#try(({ db }) => indexByContext(db));
        this.#try(({ db }) => {
          for (const { contextId } of db.prepare('SELECT DISTINCT contextId FROM events WHERE contextId IS NOT NULL').all()) this.#name(String(contextId));
        });
        return;
      case 'close':
        this.#close();
    }
  }

  #events({ clientId, batches, texts }: Task<'events'>, at: number): BatchOutcome[] {
    const text = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
    let [from, place] = [0, this.#read(({ writer }) => writer.lastPlace, 0)];
    const taken = batches.map((sent): Taken => {
      const one = this.#take(clientId, sent, text.toString('utf8', from, from + sent.bytes), place);
      from += sent.bytes;
      place += one.batch?.events.length ?? 0;
      return one;
    });
    const events = taken.flatMap(({ batch }) => batch ?? []);
    this.#sinceTrim += from;
    if (!this.#append(events)) return taken.map(({ outcome }): BatchOutcome => (outcome.is === 'written' ? { is: 'lost' } : outcome));
    this.#try(({ retention }) => {
      retention.reached(at);
      // A client that floods must not wait for the hour of tidying up.
      if (this.#sinceTrim > this.#maxBytes / 8) this.#gone(this.#trim(this.#maxBytes));
      this.#forget(events, place);
    });
    return taken.map(({ outcome }) => outcome);
  }

  /** Parses a batch, which may hold anything, and leaves out what is here already. */
  #take(clientId: string, { runId, beyondCredit }: SentBatch, text: string, place: number): Taken {
    const parsed = parseBatch(text);
    if (!parsed.ok) return { outcome: { is: 'bad', message: parsed.error } };
    if (parsed.value.runId !== runId) return { outcome: LEFT_OUT };
    const { events, dropped = [] } = parsed.value;
    let last = this.#lastSeq(runId);
    if (beyondCredit) {
      const gap = this.#gap(clientId, { runId, fromSeq: 0, toSeq: events.at(-1)?.seq ?? -1, reason: 'sent without credit' });
      return gap === null ? { outcome: LEFT_OUT } : { outcome: LEFT_OUT, batch: gap };
    }
    const fresh = events.filter(({ seq }) => (seq > last ? ((last = seq), true) : false));
    for (const { toSeq } of dropped) last = Math.max(last, toSeq);
    this.#lastSeqs.set(runId, last);
    for (const { contextId } of fresh) this.#name(contextId);
    const whole = fresh.length === events.length && fresh.length > 0 && dropped.length === 0;
    const outcome: BatchOutcome = { is: 'written', events: fresh.length, firstPlace: place + 1, lastSeq: fresh.at(-1)?.seq ?? -1, cost: Math.min(text.length, creditOf(fresh)), whole, frames: fresh.some(({ kind }) => kind === 'frame') };
    return { outcome, batch: { clientId, runId, events: fresh, dropped } };
  }

  /** A range of a run that is lost, as far as it is not here; null when all of it is. */
  #gap(clientId: string, { runId, toSeq, reason, fromSeq }: LostRange): EventBatch | null {
    const first = Math.max(fromSeq, this.#lastSeq(runId) + 1);
    if (toSeq < first) return null;
    this.#lastSeqs.set(runId, toSeq);
    return { clientId, runId, events: [], dropped: [{ fromSeq: first, toSeq, reason }] };
  }

  /** False when it could not: what it was is a gap then, as soon as there is a place for that. */
  #append(batches: readonly EventBatch[]): boolean {
    if (batches.length === 0 && this.#unwritten.length === 0) return true;
    this.#answer.gaps ||= this.#unwritten.length > 0 || batches.some(({ dropped = [] }) => dropped.length > 0);
    if (this.#try(({ writer }) => writer.append([...this.#unwritten, ...batches]))) {
      this.#unwritten = [];
      return true;
    }
    for (const batch of batches) this.#lost(batch);
    return false;
  }

  #lost({ clientId, runId, events, dropped = [] }: EventBatch): void {
    const range = seqsOf(events);
    const gaps = [...dropped, ...(range === null ? [] : [{ ...range, reason: NOT_WRITTEN }])];
    if (gaps.length === 0) return;
    const before = this.#unwritten.at(-1);
    const last = before?.dropped?.at(-1);
    // Ranges that touch are one, so that an hour without a disk takes no memory.
    if (range !== null && gaps.length === 1 && before?.runId === runId && before.dropped?.length === 1 && last?.reason === NOT_WRITTEN) {
      this.#unwritten[this.#unwritten.length - 1] = { ...before, dropped: [{ ...last, toSeq: range.toSeq }] };
    } else this.#unwritten.push({ clientId, runId, events: [], dropped: gaps });
  }

  /** PR5: everything of a context goes, but for the event that says so. */
  #forget(batches: readonly EventBatch[], lastPlace: number): void {
    let place = lastPlace - batches.reduce((sum, { events }) => sum + events.length, 0);
    for (const { clientId, events } of batches) {
      for (const { kind, contextId } of events) {
        place++;
        if (kind !== 'forget' || contextId === undefined) continue;
        this.#try(({ db, writer }) => {
          this.#answer.gone += eraseContext(db, contextId, place - 1);
          writer.putContexts(clientId, [], [contextId]);
          this.#erased();
        });
      }
    }
  }

  /** Steps and checkpoints of one segment, and the place behind them; those of a run that nobody heard of are passed over. */
  #steps({ head, lines, core, place }: Task<'steps'>): void {
    const first = parseStepLine(head);
    if (first.k !== 'head') throw new AppError('BAD_MESSAGE', 'A segment does not begin with its head');
    const parsed = lines.split('\n').filter((line) => line !== '').map((line): StepLine => parseStepLine(line));
    this.#try(({ db, writer }) => {
      inTransaction(db, () => {
        if (countOf(db, 'SELECT count(*) FROM clients WHERE runId = ?', first.about.runId) > 0) {
          const steps = new StepWriter(db, first.about.runId);
          for (const line of parsed) this.#sinceTrim += steps.put(line, first.about);
          writer.putMeta('coreVersion', core.version);
          writer.putMeta('behaviourHash', core.behaviour);
        }
        if (place !== null) writer.putMeta(RECORDER_PLACE, JSON.stringify(place));
      });
    });
  }

  #trim(maxBytes: number): number {
    this.#sinceTrim = 0;
    return this.#open().retention.trim(maxBytes);
  }

  #gone(events: number): void {
    if (events === 0) return;
    this.#answer.gone += events;
    this.#erased();
  }

  #erased(): void {
    this.#answer.erased = true;
    giveBack(this.#open().db);
    this.#cleanLog();
  }

  /** What was overwritten in the database must not live on in its log. */
  #cleanLog(): void {
    this.#isLogDirty = true;
    this.#isLogDirty = this.#open().db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0;
  }

  /** The last seq of a run that is here, written or lost; -1: none. */
  #lastSeq(runId: string): number {
    const known = this.#lastSeqs.get(runId);
    if (known !== undefined) return known;
    const last = this.#read(({ reader }) => reader.lastSeq(runId), null);
    if (last !== null) this.#lastSeqs.set(runId, last);
    return last ?? -1;
  }

  #name(contextId: DebugEvent['contextId']): void {
    if (contextId === undefined || this.#names.size >= MAX_NAMES || this.#names.has(contextId)) return;
    this.#names.add(contextId);
    this.#answer.names.push(contextId);
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened;
    const db = this.#connect(this.#path);
    const [reader, writer] = [RecordingReader.open(db), new RecordingWriter(db)];
    return (this.#opened = { db, reader, writer, retention: new Retention(db, reader, writer, this.#writtenAt) });
  }

  #close(): void {
    this.#append([]);
    this.#try(({ db }) => closeRecording(db));
    if (this.#opened?.db.isOpen === true) this.#opened.db.close();
    this.#opened = null;
  }

  /** What cannot be read cannot be written either, and that says so. */
  #read<T, U>(read: (opened: Opened) => T, otherwise: U): T | U {
    try {
      return read(this.#open());
    } catch {
      return otherwise;
    }
  }

  /** False when the disk did not let it; said once until it works again. */
  #try(work: (opened: Opened) => void): boolean {
    try {
      work(this.#open());
      this.#isFailing = false;
      return true;
    } catch (thrown) {
      if (!this.#isFailing) this.#answer.trouble = `${this.#path} cannot be written, and events are lost: ${messageOf(thrown)}`;
      this.#isFailing = true;
      return false;
    }
  }
}

const nothing = (): Answer => ({ lastPlace: 0, outcomes: [], names: [], gaps: false, gone: 0, erased: false, trouble: null });
