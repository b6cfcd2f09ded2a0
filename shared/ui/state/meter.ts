/** Bytes per second over the last few seconds. */
export class Meter {
  readonly #seconds: { second: number; bytes: number }[] = [];

  add(bytes: number, now = Date.now()): void {
    const second = Math.floor(now / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.bytes += bytes;
    else this.#seconds.push({ second, bytes });
    if (this.#seconds.length > 6) this.#seconds.shift();
  }

  perSecond(now = Date.now()): number {
    const second = Math.floor(now / 1_000);
    const recent = this.#seconds.filter((entry) => second - entry.second < 5);
    return recent.reduce((sum, { bytes }) => sum + bytes, 0) / 5;
  }
}
