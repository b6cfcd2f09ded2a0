import { isJsonObject, type Json } from '../base/json.ts';

/** What kind of value a field holds, in one word; for a reference the entity that it names. */
export function typeOfValue(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `${typeOfValues(value) || 'list'}[]`;
  if (isJsonObject(value)) return typeof value['$ref'] === 'string' ? value['$ref'] : 'object';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'string') return 'list';
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return 'date';
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? 'time' : 'text';
}

/** The one kind that all of some values are; empty where there is none. */
export function typeOfValues(values: readonly (Json | undefined)[]): string {
  const found = new Set(values.flatMap((value) => (value === undefined || value === null ? [] : [typeOfValue(value)])));
  return found.size === 1 ? ([...found][0] ?? '') : '';
}
