/** The first index of an ascending list whose value is at least `value`. */
export function lowerBound(list: readonly number[], value: number, from = 0, to: number = list.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
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
    if (this.values.length > 0 && this.values.at(-1) === value) return;
    if (this.places.at(-1) === place) {
      this.values[this.values.length - 1] = value;
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
    return this.values.at(-1);
  }
}
