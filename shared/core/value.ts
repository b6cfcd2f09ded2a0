import { AppError } from '../base/app-error.ts';
import { canonicalText, type Json } from '../base/json.ts';

/** The largest value in UTF-8 bytes of its canonical text: 1 MiB. */
export const MAX_VALUE_BYTES = 1_048_576;
const MAX_DEPTH = 200;

/**
 * Takes what an app handed in as a value and returns it as plain JSON data, or throws `BAD_VALUE` (not JSON: NaN, a
 * function, undefined inside, a cycle, a lone surrogate, nested deeper than 200) or `TOO_LARGE` (over 1 MiB).
 */
export function checkValue(value: unknown): Json {
  const problem = findProblem(value, 0, []);
  if (problem !== null) throw new AppError('BAD_VALUE', `The value is not JSON: ${problem}`);
  const text = canonicalText(value as Json);
  const bytes = utf8Length(text);
  if (bytes > MAX_VALUE_BYTES) {
    throw new AppError('TOO_LARGE', `The value is ${bytes} bytes; at most ${MAX_VALUE_BYTES} are taken`, { details: { bytes } });
  }
  return JSON.parse(text) as Json;
}

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: two for each half.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

function findProblem(value: unknown, depth: number, path: unknown[]): string | null {
  switch (typeof value) {
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : `${value} is no JSON number`;
    case 'string':
      return value.isWellFormed() ? null : 'a string has a lone surrogate';
    case 'object': {
      if (value === null) return null;
      if (path.includes(value)) return 'it contains itself';
      if (depth >= MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH}`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return 'it holds an object that is not plain';
      path.push(value);
      for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
        if (typeof key === 'string' && !key.isWellFormed()) return 'a key has a lone surrogate';
        const problem = findProblem((value as Record<string | number, unknown>)[key], depth + 1, path);
        if (problem !== null) return problem;
      }
      path.pop();
      return null;
    }
    default:
      return `it holds ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
  }
}
