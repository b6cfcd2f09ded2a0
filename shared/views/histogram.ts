const MOST_BUCKETS = 4_096;

/**
 * Counts by time, kept while events arrive: whoever draws the whole recording must not count it again. Buckets are as narrow as a bounded
 * number of them allows; when they run out, each two become one.
 */
export class Histogram {
  #start = 0;
  #width = 100;
  #counts: number[] = [];

  get start(): number {
    return this.#start;
  }

  /** Width of a bucket in ms. */
  get width(): number {
    return this.#width;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  add(at: number, n = 1): void {
    if (this.#counts.length === 0) this.#start = Math.floor(at / this.#width) * this.#width;
    let index = Math.floor((at - this.#start) / this.#width);
    if (index < 0) index = 0;
    while (index >= MOST_BUCKETS) {
      this.#halve();
      index = Math.floor((at - this.#start) / this.#width);
    }
    while (this.#counts.length <= index) this.#counts.push(0);
    this.#counts[index] = (this.#counts[index] ?? 0) + n;
  }

  /** `columns` sums over [from, to), for drawing. */
  sums(from: number, to: number, columns: number): number[] {
    const out = Array.from({ length: columns }, () => 0);
    const scale = columns / Math.max(1, to - from);
    for (const [index, count] of this.#counts.entries()) {
      const column = Math.floor((this.#start + (index + 0.5) * this.#width - from) * scale);
      if (column >= 0 && column < columns) out[column] = (out[column] ?? 0) + count;
    }
    return out;
  }

  #halve(): void {
    const half: number[] = [];
    for (let i = 0; i < this.#counts.length; i += 2) half.push((this.#counts[i] ?? 0) + (this.#counts[i + 1] ?? 0));
    this.#counts = half;
    this.#width *= 2;
  }
}
