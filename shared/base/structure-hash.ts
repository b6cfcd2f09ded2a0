import { PersistentMap } from './persistent-map.ts';

/**
 * A 53-bit hash of plain data (what JSON can hold, and `PersistentMap`) as 14 hex digits, made in one walk and without its text: a third of the cost. Fields that are undefined count as
 * absent, as in JSON. The same on every machine; no protection against somebody who looks for two structures of one hash.
 */
export function structureHash(value: unknown): string {
  a = 0xdeadbeef | 0;
  b = 0x41c6ce57 | 0;
  fold(value);
  let x = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  const y = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(x ^ (x >>> 13), 3_266_489_909);
  x >>>= 0;
  return (4_294_967_296 * (0x1fffff & y) + x).toString(16).padStart(14, '0');
}

// The two halves of the hash while a walk is under way; a walk is not interrupted.
let a = 0;
let b = 0;

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

function mix(unit: number): void {
  const c = Math.imul(a ^ unit, 2_654_435_761);
  a = (c << 13) | (c >>> 19);
  b = Math.imul(b ^ unit, 1_597_334_677);
}

/** Marks that tell kinds of values apart. */
const TEXT = 0x1000_0001;
const TRUE = 0x1000_0002;
const FALSE = 0x1000_0003;
const NULL = 0x1000_0004;
const LIST = 0x1000_0005;
const OBJECT = 0x1000_0006;
const END = 0x1000_0007;
const WHOLE = 0x1000_0008;
const FRACTION = 0x1000_0009;

function fold(value: unknown): void {
  switch (typeof value) {
    case 'string':
      mix(TEXT);
      return text(value);
    case 'number':
      if ((value | 0) === value) {
        mix(WHOLE);
        return mix(value);
      }
      mix(FRACTION);
      double[0] = value;
      mix(halves[0] as number);
      return mix(halves[1] as number);
    case 'boolean':
      return mix(value ? TRUE : FALSE);
    case 'object':
      if (value === null) return mix(NULL);
      if (Array.isArray(value)) {
        mix(LIST);
        for (const item of value) fold(item);
        return mix(END);
      }
      if (value instanceof PersistentMap) return fold(value.toJSON());
      mix(OBJECT);
      for (const key in value) {
        const field = (value as Record<string, unknown>)[key];
        if (field === undefined) continue;
        text(key);
        fold(field);
      }
      return mix(END);
    default:
      // An undefined item of a list is null in its text.
      return mix(NULL);
  }
}

function text(value: string): void {
  const { length } = value;
  let [x, y] = [a ^ length, b ^ length];
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    x = Math.imul(x ^ unit, 2_654_435_761);
    y = Math.imul(y ^ unit, 1_597_334_677);
  }
  a = x ^ (x >>> 15);
  b = y ^ (y >>> 13);
}
