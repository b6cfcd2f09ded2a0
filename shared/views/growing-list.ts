type Numbers = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Numbers that grow at the end, in one typed array with room to spare. */
export class Growing<A extends Numbers> {
  length = 0;
  readonly #make: new (length: number) => A;
  #held: A;
  #shown: A;

  constructor(make: new (length: number) => A) {
    this.#make = make;
    this.#held = new make(8);
    this.#shown = this.#held.subarray(0, 0) as A;
  }

  /** What there is now, as an array that does not grow. */
  get list(): A {
    if (this.#shown.length !== this.length) this.#shown = this.#held.subarray(0, this.length) as A;
    return this.#shown;
  }

  push(value: number): void {
    if (this.length === this.#held.length) this.#grow(this.length + 1);
    this.#held[this.length++] = value;
  }

  append(values: A): void {
    if (this.length + values.length > this.#held.length) this.#grow(this.length + values.length);
    this.#held.set(values, this.length);
    this.length += values.length;
  }

  /** Adds as many zeros, which cost nothing until they are written over. */
  skip(count: number): void {
    this.#grow(this.length + count);
    this.length += count;
  }

  #grow(atLeast: number): void {
    const more = new this.#make(Math.max(atLeast, this.#held.length * 2));
    more.set(this.#held);
    this.#held = more;
  }
}

/** The first index of an ascending list whose value is at least `value`. */
export function lowerBound(list: ArrayLike<number>, value: number, from = 0, to: number = list.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a value stands in an ascending list, -1: nowhere. */
export function indexIn(list: ArrayLike<number>, value: number): number {
  const at = lowerBound(list, value);
  return list[at] === value ? at : -1;
}

/** Values that hold from a place on until the next one: a lifecycle state, a version, a count. Places ascend. */
export class Steps<T> {
  readonly places: number[] = [];
  readonly values: T[] = [];

  get length(): number {
    return this.places.length;
  }

  /** Appends unless the value is the one that holds already. */
  set(place: number, value: T): void {
    const last = this.places.length - 1;
    if (last >= 0 && this.values[last] === value) return;
    if (last >= 0 && this.places[last] === place) {
      this.values[last] = value;
      return;
    }
    this.places.push(place);
    this.values.push(value);
  }

  /** The index of the step that holds at `place`, -1 before the first. */
  indexAt(place: number): number {
    return lowerBound(this.places, place + 1) - 1;
  }

  at(place: number): T | undefined {
    return this.values[this.indexAt(place)];
  }

  get last(): T | undefined {
    return this.values[this.values.length - 1];
  }
}
