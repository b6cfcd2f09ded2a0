import { AppError, codeOf } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { ParamsOf, ResultOf } from '../../shared/protocol/debug/index.ts';
import type { LiveRecording } from './live-recording.ts';

type Place = ParamsOf<'Recorder.lines'>;
type Lines = ResultOf<'Recorder.lines'>;

/** A line may be longer than what comes at once, but not without end. */
const LONGEST_LINE = 16_777_216;

/**
 * Follows a client's flight recorder, so that the recording of the hub holds what it takes to run it again. The client's files are the buffer: the place up to
 * which they are here stands in the recording, and whoever comes back, client or hub, goes on there.
 */
export class StepFollower {
  readonly #recording: LiveRecording;
  readonly #ask: (place: Place) => Promise<Lines>;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #trouble: (message: string) => void;
  readonly #undo: Undo;
  #timer: Undo | null = null;
  #underway: Promise<void> | null = null;
  /** The beginning of a line whose end has not come yet. */
  #rest = '';
  #ended = false;

  constructor(recording: LiveRecording, parts: { ask(place: Place): Promise<Lines>; readonly clock: Clock; readonly everyMs: number; trouble(message: string): void }) {
    this.#recording = recording;
    this.#ask = (place) => parts.ask(place);
    this.#clock = parts.clock;
    this.#everyMs = parts.everyMs;
    this.#trouble = (message) => parts.trouble(message);
    // Steps come with events: a client of which nothing is heard is left in peace.
    this.#undo = recording.grew.listen(() => this.#soon());
    this.#soon();
  }

  /** Resolves once everything that the client had when it was called is in the recording, or cannot be had. */
  async catchUp(): Promise<void> {
    await this.#underway;
    await this.#pull();
  }

  close(): void {
    this.#ended = true;
    this.#undo();
    this.#timer?.();
  }

  #soon(): void {
    if (this.#ended) return;
    this.#timer ??= this.#clock.after(this.#everyMs, () => {
      this.#timer = null;
      void this.#pull();
    });
  }

  #pull(): Promise<void> {
    return (this.#underway ??= this.#take().finally(() => (this.#underway = null)));
  }

  async #take(): Promise<void> {
    let place = this.#recording.recorderPlace();
    this.#rest = '';
    try {
      for (let more = true; more && !this.#ended; ) {
        const lines = await this.#ask(place);
        place = { segment: lines.segment, offset: lines.offset };
        ({ more } = lines);
        // Without a head there is nothing new.
        if (!this.#ended && lines.head !== '') await this.#put(lines);
      }
    } catch (thrown) {
      // A client that goes in the midst goes on where it was; one that sends nonsense is not asked again.
      if (codeOf(thrown) === 'CLIENT_GONE') return;
      this.close();
      if (codeOf(thrown) !== 'MASKED' && codeOf(thrown) !== 'UNSUPPORTED') this.#trouble(`The flight recorder of a client cannot be followed: ${String(thrown)}`);
    }
  }

  async #put({ head, lines, segment, offset, core }: Lines): Promise<void> {
    const text = this.#rest + lines;
    const end = text.lastIndexOf('\n') + 1;
    this.#rest = text.slice(end);
    if (this.#rest.length > LONGEST_LINE) throw new AppError('TOO_LARGE', 'A line of it has no end');
    // What is half here is asked for again from its beginning by whoever comes later.
    const place = this.#rest === '' ? { segment, offset } : null;
    await this.#recording.putSteps({ head, lines: text.slice(0, end), core, place });
  }
}
