const BUCKETS = 256;

/**
 * An immutable map with string keys: `set` and `delete` give a new map and copy one of 256 buckets, so that a state can be kept while
 * its successor is made, and thrown away when the successor is not accepted. Order of iteration is by bucket, the same on every machine.
 */
export class PersistentMap<V> {
  readonly size: number;
  readonly #buckets: readonly (ReadonlyMap<string, V> | undefined)[];

  private constructor(buckets: readonly (ReadonlyMap<string, V> | undefined)[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>([], 0);
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const buckets: (Map<string, V> | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);
    let size = 0;
    for (const [key, value] of entries) {
      const at = bucketOf(key);
      const bucket = (buckets[at] ??= new Map<string, V>());
      if (!bucket.has(key)) size++;
      bucket.set(key, value);
    }
    return new PersistentMap<V>(buckets, size);
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.#buckets[bucketOf(key)]?.has(key) ?? false;
  }

  set(key: string, value: V): PersistentMap<V> {
    const at = bucketOf(key);
    const bucket = new Map(this.#buckets[at]);
    const size = this.size + (bucket.has(key) ? 0 : 1);
    bucket.set(key, value);
    return new PersistentMap(this.#with(at, bucket), size);
  }

  delete(key: string): PersistentMap<V> {
    if (!this.has(key)) return this;
    const at = bucketOf(key);
    const bucket = new Map(this.#buckets[at]);
    bucket.delete(key);
    return new PersistentMap(this.#with(at, bucket.size === 0 ? undefined : bucket), this.size - 1);
  }

  *entries(): Generator<readonly [string, V]> {
    for (const bucket of this.#buckets) if (bucket !== undefined) yield* bucket;
  }

  *values(): Generator<V> {
    for (const bucket of this.#buckets) if (bucket !== undefined) yield* bucket.values();
  }

  /** Sorted entries, so that equal maps give equal text; `PersistentMap.from` takes them back. */
  toJSON(): readonly (readonly [string, V])[] {
    return [...this.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  #with(at: number, bucket: ReadonlyMap<string, V> | undefined): readonly (ReadonlyMap<string, V> | undefined)[] {
    const buckets = this.#buckets.length === 0 ? new Array<ReadonlyMap<string, V> | undefined>(BUCKETS).fill(undefined) : this.#buckets.slice();
    buckets[at] = bucket;
    return buckets;
  }
}

function bucketOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}
