import type { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import { Emitter } from '../../shared/base/emitter.ts';
import type { ClientInfo, DebugEvent, RegistryEntry, ResultOf } from '../../shared/protocol/debug/index.ts';
import { RecordingReader, erasedOf, usedBytes, type RecordedGap } from '../../shared/recording/index.ts';
import type { HubLimits } from '../options.ts';
import { parseBatch } from '../sockets/event-batch.ts';
import { closeRecording } from './open-recording.ts';
import type { Chunk, TextMemory } from './text-memory.ts';
import { NOT_WRITTEN, RECORDER_PLACE, seqsOf, type BatchOutcome, type LostRange, type RecorderPlace, type WriteTask, type Written } from './write-task.ts';
import type { WriterThread } from './writer-thread.ts';

export interface PlacedEvent {
  readonly place: number;
  readonly runId: string;
  readonly event: DebugEvent;
}

/** A batch as its agent sent it, with nothing in it that was here already. */
export interface WholeBatch {
  readonly text: Uint8Array;
  readonly runId: string;
  readonly lastSeq: number;
  readonly lastPlace: number;
  /** What it counts for as credit. */
  readonly cost: number;
  /** There are events of the kind `frame` in it. */
  readonly frames: boolean;
}

/** A message of events that an agent sent. */
export interface IncomingBatch {
  readonly text: Buffer;
  readonly runId: string;
  readonly beyondCredit: boolean;
  /** Told once it is on disk, or never will be. */
  done(outcome: BatchOutcome): void;
}

export interface RecordingPorts {
  readonly writer: WriterThread;
  readonly memory: TextMemory;
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** A context that events named; of those from before the recording was opened only `index` tells. */
  named(contextId: string): void;
  trouble(message: string): void;
}

/** So many bytes of batches are kept for inspectors that follow, so that they are served without reading them again. */
const WHOLE_BYTES = 8_388_608;
const LOST: BatchOutcome = { is: 'lost' };

/**
 * The recording of one client, on disk, growing. Whoever asks reads it here, on a connection of its own; what is to be written is handed to the thread that
 * writes, and told about once it is written. Batches of events are not even parsed on the way.
 */
export class LiveRecording {
  readonly file: string;
  /** Events were written, or erased. */
  readonly grew = new Emitter<void>();
  readonly #clientId: string;
  readonly #db: DatabaseSync;
  readonly #reader: RecordingReader;
  readonly #ports: RecordingPorts;
  #waiting: IncomingBatch[] = [];
  /** Their texts, for the thread that writes. */
  #chunk: Chunk | null = null;
  #timer: Undo | null = null;
  /** Chunks that are being written. */
  #underway = 0;
  /** By the place of its first event, oldest first. */
  readonly #whole = new Map<number, WholeBatch>();
  #wholeBytes = 0;
  #lastPlace: number;
  #gapRevision = 0;
  #writtenAt: number;
  /** The newest task; those before it are done when it is. */
  #newest: Promise<unknown> | null = null;
  #closed = false;

  /** `writtenAt`: when the file was last written to, so that what came before a restart is not taken for new. `before`: what is written to it still. */
  constructor(clientId: string, file: string, db: DatabaseSync, writtenAt: number, before: Promise<void> | null, ports: RecordingPorts) {
    this.#clientId = clientId;
    this.file = file;
    this.#db = db;
    this.#reader = RecordingReader.open(db);
    this.#lastPlace = this.#reader.lastPlace();
    this.#writtenAt = writtenAt;
    this.#ports = ports;
    this.#newest = before?.then(() => this.#catchUp()) ?? null;
  }

  /** The newest place that was told about. */
  get lastPlace(): number {
    return this.#lastPlace;
  }

  get bytes(): number {
    return usedBytes(this.#db);
  }

  get reader(): RecordingReader {
    return this.#reader;
  }

  /** For a copy of it. */
  get database(): DatabaseSync {
    return this.#db;
  }

  /** The last seq of a run that is written or in a gap; -1: none. */
  lastSeq(runId: string): number {
    return this.#reader.lastSeq(runId);
  }

  /** Takes a batch of an agent, whatever it is. */
  add(batch: IncomingBatch): void {
    const { limits, clock, memory } = this.#ports;
    if (this.#chunk?.has(batch.text.length) === false) this.#send();
    const chunk = (this.#chunk ??= memory.take(batch.text.length));
    chunk.add(batch.text);
    this.#waiting.push(batch);
    if (chunk.used >= limits.flushBytes) this.#send();
    else this.#timer ??= clock.after(limits.flushMs, () => this.#late());
  }

  /** Resolves once everything that was handed over before is written, or lost. */
  async flush(): Promise<void> {
    this.#send();
    await this.#newest;
  }

  /** While the thread that writes is busy with what came before, more is gathered. */
  #late(): void {
    this.#timer = null;
    if (this.#underway === 0) this.#send();
  }

  #send(): void {
    const [chunk, batches, clientId] = [this.#chunk, this.#waiting, this.#clientId];
    this.#timer?.();
    this.#timer = null;
    if (chunk === null) return;
    this.#chunk = null;
    this.#waiting = [];
    this.#underway++;
    const sent = batches.map(({ text, runId, beyondCredit }) => ({ bytes: text.length, runId, beyondCredit }));
    const took = (written: Written | null): void => this.#took(chunk, batches, written);
    this.#ask({ do: 'events', clientId, batches: sent, texts: chunk.bytes }, () => ({ do: 'gaps', clientId, gaps: batches.flatMap(lostOf) })).then(took, () => took(null));
  }

  #took(chunk: Chunk, batches: readonly IncomingBatch[], written: Written | null): void {
    const outcomes = batches.map((_, i) => written?.outcomes[i] ?? LOST);
    if (this.grew.size === 0) this.#forgetWhole();
    else if (written?.erased === false) batches.forEach((batch, i) => this.#keepWhole(batch, outcomes[i] ?? LOST));
    this.#ports.memory.give(chunk);
    this.#underway--;
    if (this.#underway === 0) this.#send();
    batches.forEach(({ done }, i) => done(outcomes[i] ?? LOST));
    if (!this.#closed) this.grew.emit();
  }

  #keepWhole({ text, runId }: IncomingBatch, outcome: BatchOutcome): void {
    if (outcome.is !== 'written' || !outcome.whole) return;
    const { firstPlace, events, lastSeq, cost, frames } = outcome;
    this.#whole.set(firstPlace, { text, runId, lastSeq, lastPlace: firstPlace + events - 1, cost, frames });
    this.#wholeBytes += text.length;
    for (const [first, oldest] of this.#whole) {
      if (this.#wholeBytes <= WHOLE_BYTES) break;
      this.#whole.delete(first);
      this.#wholeBytes -= oldest.text.length;
    }
  }

  #forgetWhole(): void {
    this.#whole.clear();
    this.#wholeBytes = 0;
  }

  /** Events behind a place. */
  page(after: number, limit: number): readonly PlacedEvent[] {
    return this.#reader.events({ after, limit }).filter(({ place }) => place <= this.#lastPlace);
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
    return this.#atOneMoment(() => {
      const row = this.#db.prepare('SELECT count(*) AS n FROM events WHERE contextId IN (SELECT value FROM json_each(?)) AND runId = ? AND place <= ?').get(JSON.stringify(contexts), runId, upToPlace);
      return this.#goneOf(runId, contexts) + Number(row?.['n']);
    });
  }

  /** The place behind which the event with such a number is; the newest place when there is none. */
  placeBeforeNumber(runId: string, contexts: readonly string[], number: number): number {
    return this.#atOneMoment(() => {
      const gone = this.#goneOf(runId, contexts);
      const row = this.#db.prepare('SELECT place FROM events WHERE contextId IN (SELECT value FROM json_each(?)) AND runId = ? ORDER BY place LIMIT 1 OFFSET ?').get(JSON.stringify(contexts), runId, Math.max(0, number - gone));
      return row === undefined ? this.lastPlace : Number(row['place']) - 1;
    });
  }

  #goneOf(runId: string, contexts: readonly string[]): number {
    const counts = erasedOf(this.#db, runId);
    return contexts.reduce((sum, contextId) => sum + (counts[contextId] ?? 0), 0);
  }

  /** For a session that is limited to some contexts: resolves once every context is named, and counting the events of some is fast. */
  async index(): Promise<void> {
    await this.flush();
    await this.#ask({ do: 'index' });
  }

  /** The place in the client's flight recorder up to which its steps are here. */
  recorderPlace(): RecorderPlace {
    const kept = this.#reader.meta().get(RECORDER_PLACE);
    return kept === undefined ? { segment: null, offset: 0 } : (JSON.parse(kept) as RecorderPlace);
  }

  /** Steps of one segment, a line each, and the place behind them. Rejects when they are none. */
  async putSteps({ head, lines, core, place }: Pick<ResultOf<'Recorder.lines'>, 'lines' | 'core'> & { readonly head: string; readonly place: RecorderPlace | null }): Promise<void> {
    await this.#ask({ do: 'steps', head, lines, core, place });
  }

  putClient(info: ClientInfo): void {
    this.#put({ do: 'client', info });
  }

  /** Notes when the client was last heard. */
  seen(at: number): void {
    this.#put({ do: 'seen', at });
  }

  putContexts(entries: readonly RegistryEntry[], removed: readonly string[]): void {
    this.#put({ do: 'contexts', clientId: this.#clientId, entries, removed });
  }

  /** Removes what is older than `ageMs` by the hub's clock, and the oldest of what is over `maxBytes`. Returns how many events went. */
  async retain(ageMs: number, maxBytes: number): Promise<number> {
    await this.flush();
    const { gone } = await this.#ask({ do: 'retain', ageMs, maxBytes });
    return gone;
  }

  /** Resolves once one plain file is left, as anybody can open it. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#send();
      // Who is alone with the file ends its log: the thread that writes, if it has it.
      if (this.#newest === null) this.#closeAlone();
      else {
        this.#db.close();
        this.#put({ do: 'close' });
      }
      this.#closed = true;
    }
    await this.#newest;
  }

  #catchUp(): void {
    if (this.#closed) return;
    this.#lastPlace = this.#reader.lastPlace();
    this.grew.emit();
  }

  #closeAlone(): void {
    try {
      closeRecording(this.#db);
    } catch (thrown) {
      this.#ports.trouble(`${this.file} cannot be put to rest: ${messageOf(thrown)}`);
      this.#db.close();
    }
  }

  #put(task: WriteTask): void {
    // Nobody waits for it, and what the disk did not let it do was said.
    this.#ask(task).catch(() => undefined);
  }

  #ask(task: WriteTask, instead?: () => WriteTask): Promise<Written> {
    if (this.#closed) return Promise.reject(new AppError('CLOSED', 'The recording is closed'));
    const { writer, limits, clock } = this.#ports;
    const asked = writer.ask({ file: this.file, at: clock.now(), writtenAt: this.#writtenAt, maxBytes: limits.recordingBytes, task }, instead).then((written) => this.#learn(written));
    this.#newest = asked.catch(() => undefined);
    return asked;
  }

  #learn(written: Written): Written {
    this.#writtenAt = this.#ports.clock.now();
    this.#lastPlace = Math.max(this.#lastPlace, written.lastPlace);
    if (written.gaps) this.#gapRevision++;
    if (written.erased) {
      this.#forgetWhole();
    }
    for (const contextId of written.names) this.#ports.named(contextId);
    if (written.trouble !== null) this.#ports.trouble(written.trouble);
    return written;
  }

  #atOneMoment<T>(read: () => T): T {
    this.#db.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#db.exec('COMMIT');
    }
  }
}

/** What is lost with a batch that was not written. */
function lostOf({ text, runId }: IncomingBatch): readonly LostRange[] {
  const batch = parseBatch(text.toString('utf8'));
  if (!batch.ok || batch.value.runId !== runId) return [];
  const { events, dropped = [] } = batch.value;
  const range = seqsOf(events);
  return [...dropped, ...(range === null ? [] : [{ ...range, reason: NOT_WRITTEN }])].map((gap) => ({ runId, ...gap }));
}
