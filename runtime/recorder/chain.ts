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

/** Text of a segment, and the place behind it. */
export interface ChainPart {
  readonly segment: string;
  readonly offset: number;
  readonly text: string;
  /** The first line of the segment: whose it is. */
  readonly head: string;
  readonly more: boolean;
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

  /**
   * What stands behind a place, at most `most` bytes: whole lines, or a part of one that is longer, cut between two characters. A place in a segment that
   * is gone is taken for the start of the one after it; null: there is nothing there.
   */
  readBehind(segment: string | null, offset: number, most: number): ChainPart | null {
    const known = this.#segments.findIndex(({ name }) => name === segment);
    const later = this.#segments.findIndex(({ name }) => segment === null || name > segment);
    // A numbering that started anew, in an emptied folder, has nothing later than what was read of the old one.
    let at = known >= 0 ? known : Math.max(0, later);
    let from = known >= 0 ? offset : 0;
    while (at < this.#segments.length - 1 && from >= (this.#segments[at]?.bytes ?? 0)) [at, from] = [at + 1, 0];
    const found = this.#segments[at];
    if (found === undefined || from >= found.bytes) return null;
    const text = this.#part(found.name, from, most);
    const next = this.#segments[at + 1];
    // A crash has cut the last line of an earlier process.
    if (text.length === 0) return next === undefined ? null : this.readBehind(next.name, 0, most);
    const end = from + text.length;
    return { segment: found.name, offset: end, text: new TextDecoder('utf-8').decode(text), head: this.#head(found.name), more: next !== undefined || end < found.bytes };
  }

  /** Whole lines, or, of one that is longer than `most`, a part that ends between two characters. */
  #part(name: string, from: number, most: number): Uint8Array {
    const bytes = this.#files.readPart(name, from, most + 1);
    let end = bytes.subarray(0, most).lastIndexOf(NEW_LINE) + 1;
    if (end === 0 && bytes.length > most) for (end = most; isInside(bytes[end]); ) end--;
    return bytes.subarray(0, end);
  }

  #head(name: string): string {
    let length = HEAD_GUESS;
    for (;;) {
      const bytes = this.#files.readPart(name, 0, length);
      const end = bytes.indexOf(NEW_LINE);
      if (end >= 0) return new TextDecoder('utf-8').decode(bytes.subarray(0, end));
      if (bytes.length < length) return '';
      length *= 4;
    }
  }

  clear(): void {
    for (const { name } of this.#segments) this.#files.remove(name);
    this.#segments.length = 0;
    this.#isOpen = false;
  }
}

const NEW_LINE = 10;
/** Bytes that the first line of a segment rarely has more of. */
const HEAD_GUESS = 16_384;

/** A byte of UTF-8 that does not begin a character. */
const isInside = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

const NAME = /^f-\d{8}\.log$/;
