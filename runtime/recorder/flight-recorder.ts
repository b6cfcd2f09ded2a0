import type { Clock, Undo } from '../../shared/base/clock.ts';
import { messageOf } from '../../shared/base/app-error.ts';
import { clientState } from '../../shared/core/client/step.ts';
import type { ClientState } from '../../shared/core/client/state.ts';
import type { ContextState } from '../../shared/core/context/state.ts';
import { contextState } from '../../shared/core/context/step.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { RowWrite } from '../../shared/core/outbox/commit.ts';
import type { ConfirmedRow } from '../../shared/core/row.ts';
import type { StepSink, TakenStep } from '../../shared/engine/step-record.ts';
import { stateText, type RunAbout, type SqliteHandle, type StepLine } from '../../shared/recording/index.ts';
import type { AppendFiles } from './append-files.ts';
import { SegmentChain, type ChainPart, type RecorderLimits } from './chain.ts';
import { bulkOf, bulkLine, eventLine, headLine, isBulk, preimageLine, stateLine, stepLine } from './lines.ts';
import { Preimages, type TouchedRow } from './preimages.ts';

export interface RecorderParts {
  readonly files: AppendFiles;
  readonly clock: Clock;
  readonly hash: Hash64;
  readonly about: RunAbout;
  readonly limits: RecorderLimits;
  /** The disk took no more: the recorder has stopped. */
  failed(message: string): void;
}

export interface RecorderStatus {
  readonly on: boolean;
  readonly segments: number;
  readonly bytes: number;
  readonly oldestAt: number | null;
  readonly limitBytes: number;
}

/** How long what was taken waits until it is text on the disk, in ms: what a crash may cost. */
const FLUSH_AFTER = 25;
/** And how much may wait: steps and events, and characters of frames. */
const MOST_WAITING = 5_000;
const MOST_CHARACTERS = 4_194_304;
/** How much a follower gets at once, in bytes of lines. */
const FOLLOW_BYTES = 262_144;
const EVENT_LINE = '{"k":"event"';
const EVENT_LINES = /^\{"k":"event"[^\n]*\n/gm;

type Taken = { readonly seq: number; readonly step: TakenStep; rows?: readonly TouchedRow[] } | { readonly event: RuntimeEvent };
/** Behind these the rows of the context are others, or not what the step before said. */
const OTHER_ROWS: ReadonlySet<string> = new Set(['opened', 'created', 'migrated', 'adopted', 'failed']);

/**
 * RP1: keeps the last minutes of a client, so that they can be run again. What comes is put aside by reference, which is all that the app waits for;
 * a moment later it becomes lines at the end of a file. Each segment starts with the states of the core, so that older ones can go.
 */
export class FlightRecorder implements StepSink {
  readonly #parts: RecorderParts;
  readonly #chain: SegmentChain;
  #taken: Taken[] = [];
  #characters = 0;
  #seq = 0;
  #timer: Undo | null = null;
  #on = false;
  /** The number of the next step. One is left out where steps were missed. */
  #n = 1;
  #client: ClientState | null = null;
  readonly #contexts = new Map<string, ContextState>();
  readonly #preimages = new Preimages();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#chain = new SegmentChain(parts.files, parts.limits);
  }

  get on(): boolean {
    return this.#on;
  }

  status(): RecorderStatus {
    this.flush();
    return { on: this.#on, segments: this.#chain.count, bytes: this.#chain.bytes, oldestAt: this.#chain.oldestAt, limitBytes: this.#parts.limits.bytes };
  }

  /** Records from now on. `now`: the states of a client that runs already, between two steps. */
  start(now: { readonly client: ClientState; readonly contexts: Iterable<readonly [string, ContextState]>; readonly seq: number } | null): void {
    if (this.#on) return;
    this.#on = true;
    if (now === null) return;
    this.#client = now.client;
    this.#contexts.clear();
    this.#preimages.clear();
    for (const [contextId, state] of now.contexts) this.#contexts.set(contextId, state);
    this.#seq = now.seq;
  }

  /** What was recorded stays. */
  stop(): void {
    if (!this.#on) return;
    this.flush();
    this.#on = false;
    this.#n++;
    this.#chain.seal();
  }

  take(step: TakenStep): void {
    if (!this.#on) return;
    if ('text' in step) {
      this.#characters += step.text?.length ?? 0;
      if (OTHER_ROWS.has(step.step.type)) this.#preimages.outdate(step.target);
    }
    this.#put({ seq: this.#seq, step });
  }

  touch(contextId: string, writes: readonly RowWrite[], read: (write: RowWrite) => ConfirmedRow): void {
    const last = this.#taken.at(-1);
    if (!this.#on || last === undefined || !('step' in last) || isBulk(last.step, writes.length)) return;
    last.rows = this.#preimages.touch(contextId, writes, read);
  }

  event(event: RuntimeEvent): void {
    if (event.kind === 'forget' && event.contextId !== undefined) {
      this.#seq = event.seq;
      return this.forget(event.contextId);
    }
    if (!this.#on) return;
    this.#seq = event.seq;
    this.#put({ event });
  }

  #put(taken: Taken): void {
    this.#taken.push(taken);
    if (this.#taken.length >= MOST_WAITING || this.#characters >= MOST_CHARACTERS) this.flush();
    else this.#timer ??= this.#parts.clock.after(FLUSH_AFTER, () => this.flush());
  }

  /** Makes text of what waits and writes it. */
  flush(): void {
    this.#timer?.();
    this.#timer = null;
    if (this.#taken.length === 0) return;
    const taken = this.#taken;
    this.#taken = [];
    this.#characters = 0;
    try {
      this.#write(taken);
    } catch (thrown) {
      // A recorder that cannot write is no reason for the app to stop.
      this.#on = false;
      this.#n++;
      this.#chain.seal();
      this.#parts.failed(messageOf(thrown));
    }
  }

  #write(taken: readonly Taken[]): void {
    const { clock } = this.#parts;
    let text = '';
    const out = (): void => {
      if (text !== '') this.#chain.append(encoder.encode(text), clock.now());
      text = '';
    };
    for (const one of taken) {
      const isStart = 'step' in one && 'start' in one.step;
      if (isStart) this.#begin(one.step);
      // The state to go back to when the disk refuses a commit is in no checkpoint: a segment does not start there.
      const mayCut = !('step' in one && 'step' in one.step && one.step.step.type === 'failed');
      if (isStart || (mayCut && this.#client !== null && this.#chain.isFull(clock.now(), text.length))) {
        out();
        this.#chain.open(clock.now());
        this.#preimages.cut();
        text += this.#checkpoint('step' in one ? one.seq : one.event.seq);
      }
      if ('event' in one) text += eventLine(one.event);
      else if (!isStart) text += this.#line(one.seq, one.step) + this.#rows(one);
      if (text.length >= MOST_CHARACTERS / 8) out();
    }
    out();
    this.#preimages.settle();
    this.#chain.prune(clock.now());
  }

  /** What the step that was just written down touched first. */
  #rows({ step, rows }: Extract<Taken, { step: TakenStep }>): string {
    if (rows === undefined) return '';
    let text = '';
    for (const first of this.#preimages.first(step.target, rows)) text += preimageLine(this.#n - 1, step.target, first);
    return text;
  }

  #begin(step: TakenStep): void {
    if (!('start' in step)) return;
    this.#client = clientState(step.start);
    this.#contexts.clear();
    this.#preimages.clear();
  }

  /** The head of a segment: whose it is, and the states before the next step. */
  #checkpoint(seq: number): string {
    const n = this.#n;
    let text = headLine(this.#parts.about, n, seq, this.#parts.clock.now()) + stateLine(n, null, stateText(this.#client));
    for (const [contextId, state] of this.#contexts) text += stateLine(n, contextId, stateText(state));
    return text;
  }

  #line(seq: number, step: TakenStep): string {
    const n = this.#n++;
    const at = this.#parts.clock.now();
    if ('start' in step) return '';
    if ('input' in step) {
      this.#client = step.output.state;
      return stepLine(n, seq, at, step);
    }
    if ('begin' in step) {
      this.#contexts.set(step.target, contextState(step.begin, step.monotonic));
      return stepLine(n, seq, at, step);
    }
    if (OTHER_ROWS.has(step.step.type)) this.#preimages.renew(step.target);
    const before = this.#contexts.get(step.target);
    const { state } = step.output;
    if (state.stage.name === 'closed') this.#contexts.delete(step.target);
    else this.#contexts.set(step.target, state);
    const bulk = bulkOf(step, before, this.#parts.hash);
    return bulk === null ? stepLine(n, seq, at, step) : bulkLine(n, seq, step, bulk, before);
  }

  /** Every whole line, by segment, oldest first. */
  read(): Generator<readonly string[]> {
    this.flush();
    this.#chain.prune(this.#parts.clock.now());
    return this.#chain.read();
  }

  /** What was recorded behind a place, for somebody who follows: everything but the events. */
  linesBehind(segment: string | null, offset: number): ChainPart | null {
    this.flush();
    const part = this.#chain.readBehind(segment, offset, FOLLOW_BYTES);
    if (part === null) return null;
    return { ...part, text: part.text.replaceAll(EVENT_LINES, '') };
  }

  /** The events of this run that are still here, oldest first. */
  *events(): Generator<RuntimeEvent> {
    const { runId } = this.#parts.about;
    for (const lines of this.read()) {
      const head = lines[0] === undefined ? null : (JSON.parse(lines[0]) as StepLine);
      if (head?.k !== 'head' || head.about.runId !== runId) continue;
      for (const line of lines) if (line.startsWith(EVENT_LINE)) yield (JSON.parse(line) as Extract<StepLine, { k: 'event' }>).event;
    }
  }

  /** A database file that `fill` has filled, as bytes. */
  build(fill: (db: SqliteHandle) => void): Uint8Array {
    return this.#parts.files.database(fill);
  }

  /**
   * PR5: erases a context. Its steps cannot be taken out of a run that is to be run again, so the steps so far go, and recording goes on from the
   * states of now; events of the other contexts stay.
   */
  forget(contextId: string): void {
    const name = JSON.stringify(contextId);
    const isKept = (line: string): boolean => line.startsWith('{"k":"head"') || (line.startsWith(EVENT_LINE) && !line.includes(name));
    const segments = [...this.read()].map((lines) => lines.filter(isKept));
    const now = this.#parts.clock.now();
    this.#contexts.delete(contextId);
    this.#preimages.cut();
    this.#preimages.outdate(contextId);
    this.#preimages.renew(contextId);
    this.#chain.clear();
    this.#n++;
    for (const lines of segments) {
      if (lines.length < 2) continue;
      this.#chain.open(now);
      this.#chain.append(encoder.encode(lines.map((line) => `${line}\n`).join('')), now);
    }
    this.#chain.seal();
    if (!this.#on || this.#client === null) return;
    this.#chain.open(now);
    this.#chain.append(encoder.encode(this.#checkpoint(this.#seq)), now);
  }

  close(): void {
    this.stop();
    this.#parts.files.close();
  }
}

const encoder = new TextEncoder();
