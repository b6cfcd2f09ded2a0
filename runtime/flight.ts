import { AppError } from '../shared/base/app-error.ts';
import type { Undo } from '../shared/base/clock.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { ContextState } from '../shared/core/context/state.ts';
import type { RuntimeEvent } from '../shared/core/events.ts';
import type { ContextId } from '../shared/core/ids.ts';
import type { Engine } from '../shared/engine/engine.ts';
import type { StepSink } from '../shared/engine/step-record.ts';
import type { Clock } from '../shared/base/clock.ts';
import type { ControlRecorder, ReportOptions } from './control.ts';
import { DEFAULT_LIMITS, exportRecording, FlightRecorder, recordedCore, sizeOf, type AppendFiles, type ChainPart, type ContextEntry, type RecorderLimits, type RecorderParts, type RecorderStatus } from './recorder/index.ts';

export interface FlightParts {
  readonly clock: Clock;
  readonly hash: Hash64;
  /** Undefined: this platform has nowhere to put a recording. */
  readonly files: (() => AppendFiles) | undefined;
  readonly about: RecorderParts['about'];
  readonly limits: Partial<RecorderLimits>;
  /** Runs something once no step is under way. */
  defer(task: () => void): void;
}

/** The flight recorder of a client: made when it is first turned on, and nothing before that. */
export class Flight implements ControlRecorder {
  readonly #parts: FlightParts;
  readonly #limits: RecorderLimits;
  #engine: Engine | null = null;
  #recorder: FlightRecorder | null = null;
  #undo: Undo | null = null;
  #contexts: () => readonly ContextEntry[] = () => [];

  constructor(parts: FlightParts) {
    this.#parts = parts;
    this.#limits = { ...DEFAULT_LIMITS, ...parts.limits };
  }

  /** Where the engine puts its steps; undefined while nothing is recorded. */
  get sink(): StepSink | undefined {
    return this.#recorder?.on === true ? this.#recorder : undefined;
  }

  /** From the very first step on: before there is an engine. */
  begin(): void {
    this.#made().start(null);
  }

  attach(engine: Engine, contexts: () => readonly ContextEntry[]): void {
    this.#engine = engine;
    this.#contexts = contexts;
    this.#listen();
  }

  #made(): FlightRecorder {
    if (this.#recorder !== null) return this.#recorder;
    const { files, clock, hash, about } = this.#parts;
    if (files === undefined) throw new AppError('UNSUPPORTED', 'This platform has nowhere to put a recording');
    this.#recorder = new FlightRecorder({
      files: files(),
      clock,
      hash,
      about,
      limits: this.#limits,
      failed: (message) => {
        this.#unlisten();
        this.#engine?.emit({ kind: 'error', data: { code: 'RECORDER_STOPPED', message: `The flight recorder could not write and has stopped: ${message}` } });
      },
    });
    return this.#recorder;
  }

  #listen(): void {
    const recorder = this.#recorder;
    if (recorder?.on !== true) return;
    this.#undo ??= this.#engine?.events.listen((event) => recorder.event(event)) ?? null;
  }

  #unlisten(): void {
    this.#undo?.();
    this.#undo = null;
  }

  status(): RecorderStatus {
    return this.#recorder?.status() ?? { on: false, segments: 0, bytes: 0, oldestAt: null, limitBytes: this.#limits.bytes };
  }

  start(): Promise<void> {
    const recorder = this.#made();
    return new Promise((done) => {
      this.#parts.defer(() => {
        const engine = this.#engine;
        if (engine !== null && !recorder.on) {
          recorder.start({ client: engine.state, contexts: statesOf(engine), seq: engine.lastSeq });
          this.#listen();
        }
        done();
      });
    });
  }

  stop(): void {
    this.#recorder?.stop();
    this.#unlisten();
  }

  preview(): { readonly events: number; readonly steps: number; readonly bytes: number } {
    const recorder = this.#recorder;
    return recorder === null ? { events: 0, steps: 0, bytes: 0 } : { ...sizeOf(recorder.read()), bytes: recorder.status().bytes };
  }

  linesBehind(segment: string | null, offset: number): ChainPart | null {
    return this.#recorder?.linesBehind(segment, offset) ?? null;
  }

  core(): { readonly version: string; readonly behaviour: string } {
    return recordedCore();
  }

  events(): Iterable<RuntimeEvent> {
    return this.#recorder?.events() ?? [];
  }

  export(options: ReportOptions): Uint8Array {
    if ((options as { values?: unknown }).values !== 'full') {
      throw new AppError('NOT_REDACTED', 'A report can only be made with its values so far', { hint: "Ask for { values: 'full' } once whoever owns the data has agreed to it" });
    }
    const recorder = this.#recorder;
    if (recorder === null) throw new AppError('NOT_RECORDING', 'Nothing was recorded: the flight recorder is off', { hint: 'Turn it on with the option flightRecorder, or start it' });
    const { clock, about } = this.#parts;
    return recorder.build((db) => {
      exportRecording(db, recorder.read(), { createdAt: clock.now(), producer: `${about.app} (flight recorder)`, capabilities: [], contexts: this.#contexts(), clientId: about.deviceId });
    });
  }

  /** PR5. While it records it hears of it by itself; what it recorded before, or in an earlier run, is looked for here. */
  forget(contextId: string): void {
    const { files } = this.#parts;
    if (this.sink !== undefined || files === undefined) return;
    if (this.#recorder === null && files().list().length === 0) return;
    this.#made().forget(contextId);
  }

  close(): void {
    this.#unlisten();
    this.#recorder?.close();
  }
}

function statesOf(engine: Engine): [string, ContextState][] {
  return Object.keys(engine.state.activations).flatMap((contextId): [string, ContextState][] => {
    const state = engine.contextState(contextId as ContextId);
    return state === undefined ? [] : [[contextId, state]];
  });
}
