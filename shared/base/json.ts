/** Any value that `JSON.parse` gives. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The canonical text of a JSON value: no white space, keys in the order of an ECMAScript object whose keys were added
 * sorted by UTF-16 code unit (array-index keys first, ascending, then the others). It is a fixed point:
 * `JSON.stringify(JSON.parse(canonicalText(v))) === canonicalText(v)`, so a receiver of canonical text need not sort again.
 * Throws a `TypeError` for a cyclic value; `checkValue` in core refuses those before.
 */
export function canonicalText(value: Json): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const object = value as JsonObject;
  const keys = Object.keys(object).sort();
  // A null prototype makes `__proto__` an ordinary key.
  const out = Object.create(null) as Record<string, Json>;
  for (const key of keys) out[key] = sorted(object[key] as Json);
  return out;
}

/** Equality of JSON values, by canonical text. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalText(a) === canonicalText(b);
}
