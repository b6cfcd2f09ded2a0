/** Chance as the code sees it. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A new id that nobody else makes: 22 or more characters of [0-9A-Za-z_-]. */
  id(): string;
}

/**
 * A seeded generator (mulberry32, 32 bits of state): the same seed gives the same numbers and ids. For simulations and
 * generated data only: its ids can be guessed.
 */
export function seededRandom(seed: number): Random & { int(below: number): number; pick<T>(items: readonly T[]): T } {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
  return {
    next,
    int,
    pick: (items) => items[int(items.length)] as (typeof items)[number],
    id: () => Array.from({ length: 22 }, () => alphabet[int(36)]).join(''),
  };
}
