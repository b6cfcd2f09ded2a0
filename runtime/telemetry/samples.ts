export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Measured values of which the newest are kept, so that a long run costs no more than a short one. */
export class Samples {
  readonly #most: number;
  readonly #values: number[] = [];
  #count = 0;

  constructor(most = 256) {
    this.#most = most;
  }

  add(value: number): void {
    this.#values[this.#count++ % this.#most] = value;
  }

  /** How many there were, and the quantiles of the newest. */
  spread(): Spread {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return { count: this.#count, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
  }
}

/** The value below which a share of sorted values lies; null without any. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
