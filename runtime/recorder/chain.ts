import type { AppendFiles } from './append-files.ts';

/** RP1: how much a recorder keeps. */
export interface RecorderLimits {
  readonly bytes: number;
  readonly ageMs: number;
}

export const DEFAULT_LIMITS: RecorderLimits = { bytes: 16 * 1_048_576, ageMs: 15 * 60_000 };

/** Into how many segments the limits are cut: so much of the past goes at once. */
const SEGMENTS = 8;

interface Segment {
  readonly name: string;
  bytes: number;
  firstAt: number;
  lastAt: number;
}

/** The files of a recorder, oldest first. Each stands on its own, so that the oldest goes whole. */
export class SegmentChain {
  readonly #files: AppendFiles;
  readonly #limits: RecorderLimits;
  readonly #segments: Segment[];
  #next: number;
  /** The last one is of this process, and takes more. */
  #isOpen = false;

  constructor(files: AppendFiles, limits: RecorderLimits) {
    this.#files = files;
    this.#limits = limits;
    this.#segments = files.list().filter(({ name }) => NAME.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, bytes, at }) => ({ name, bytes, firstAt: at, lastAt: at }));
    this.#next = 1 + Number(this.#segments.at(-1)?.name.slice(2, -4) ?? 0);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get count(): number {
    return this.#segments.length;
  }

  get oldestAt(): number | null {
    return this.#segments[0]?.firstAt ?? null;
  }

  /** Whether what comes next belongs into a segment of its own; `more`: bytes that are about to be appended before it. */
  isFull(at: number, more: number): boolean {
    const last = this.#segments.at(-1);
    if (!this.#isOpen || last === undefined) return true;
    return last.bytes + more >= this.#limits.bytes / SEGMENTS || at - last.firstAt >= this.#limits.ageMs / SEGMENTS;
  }

  /** Starts a segment; what is appended from now on goes there. */
  open(at: number): void {
    this.#segments.push({ name: `f-${String(this.#next++).padStart(8, '0')}.log`, bytes: 0, firstAt: at, lastAt: at });
    this.#isOpen = true;
  }

  /** Nothing more is appended to the last one. */
  seal(): void {
    this.#isOpen = false;
  }

  append(bytes: Uint8Array, at: number): void {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    this.#files.append(last.name, bytes);
    last.bytes += bytes.length;
    last.lastAt = at;
  }

  /** Lets go of what is too old or too much; never of the segment that is being written. */
  prune(now: number): void {
    const least = this.#isOpen ? 1 : 0;
    let bytes = this.bytes;
    for (let first = this.#segments[0]; first !== undefined && this.#segments.length > least; first = this.#segments[0]) {
      if (bytes <= this.#limits.bytes && now - first.lastAt <= this.#limits.ageMs) return;
      bytes -= first.bytes;
      this.#files.remove(first.name);
      this.#segments.shift();
    }
  }

  /** The whole lines of each segment, oldest first. A last line that a crash cut off is left out. */
  *read(): Generator<readonly string[]> {
    // A later run may have erased what this one wrote.
    const there = new Set(this.#files.list().map(({ name }) => name));
    for (const { name } of this.#segments.filter((segment) => there.has(segment.name))) yield new TextDecoder('utf-8').decode(this.#files.read(name)).split('\n').slice(0, -1);
  }

  clear(): void {
    for (const { name } of this.#segments) this.#files.remove(name);
    this.#segments.length = 0;
    this.#isOpen = false;
  }
}

const NAME = /^f-\d{8}\.log$/;
