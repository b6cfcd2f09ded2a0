import { quantile } from './activations.ts';
import type { WireFrame } from './exchanges.ts';
import { number, type Reader } from './reader.ts';

// What an emulated network did, as far as the wire shows it.

export interface EmulationStart {
  readonly place: number;
  readonly at: number;
  readonly seq: number;
}

/** The last time that the network was changed. */
export async function emulationStart(read: Reader, upTo: number): Promise<EmulationStart | null> {
  const [row] = await read(
    `SELECT place, at, seq FROM events WHERE kind = 'command' AND place <= ? AND json_extract(data, '$.method') = 'Network.emulate' AND json_extract(data, '$.outcome') = 'done' ORDER BY place DESC LIMIT 1`,
    [upTo + 1],
  );
  return row === undefined ? null : { place: number(row['place']) - 1, at: number(row['at']), seq: number(row['seq']) };
}

export interface EmulationEffects {
  readonly frames: number;
  /** Of requests, at p50; null: none was answered. */
  readonly roundTripMs: number | null;
  readonly roundTripBeforeMs: number | null;
  readonly sentAgain: number;
  readonly gapsFilled: number;
  readonly ignored: number;
  readonly unanswered: number;
}

const roundTrip = (frames: readonly WireFrame[]): number | null => {
  const times = frames.flatMap(({ direction, latencyMs }) => (direction === 'out' && latencyMs !== null ? [latencyMs] : []));
  return times.length === 0 ? null : quantile(times, 0.5);
};

/** Frames behind `place` of the contexts that it is for (empty: all), and what they went through. */
export function emulationEffects(all: readonly WireFrame[], place: number, contexts: readonly string[]): EmulationEffects {
  const concerned = all.filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId));
  const frames = concerned.filter((frame) => frame.place > place);
  const many = (is: (frame: WireFrame) => boolean): number => frames.filter(is).length;
  return {
    frames: frames.length,
    roundTripMs: roundTrip(frames),
    roundTripBeforeMs: roundTrip(concerned.filter((frame) => frame.place <= place)),
    sentAgain: many(({ direction, state }) => direction === 'out' && state === 'lost'),
    gapsFilled: many(({ type, state }) => type === 'LOG' && state === 'done'),
    ignored: many(({ status }) => status === 'Overlap, ignored' || status === 'Came twice, no effect'),
    unanswered: many(({ isOpen }) => isOpen),
  };
}
