import { isJsonObject, type Json } from '../base/json.ts';

/** A value that names a row of another entity. */
export const isReference = (value: Json | undefined): value is { readonly $ref: string; readonly id: string } => isJsonObject(value) && typeof value['$ref'] === 'string' && typeof value['id'] === 'string';

/** What kind of value a field holds, in one word; for a reference the entity that it names. */
export function typeOfValue(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `${typeOfValues(value) || 'list'}[]`;
  if (isJsonObject(value)) return isReference(value) ? value.$ref : 'object';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? typeOfTime(value) : 'text';
}

const typeOfTime = (text: string): string => (/^.{10}$/.test(text) ? 'date' : /^.{10}T\d\d:\d\d/.test(text) ? 'time' : 'text');

/** The one kind that all of some values are; empty where there is none. What is not set and an empty list say nothing. */
export function typeOfValues(values: readonly (Json | undefined)[]): string {
  const found = new Set(values.flatMap((value) => (value === undefined || value === null || (Array.isArray(value) && value.length === 0) ? [] : [typeOfValue(value)])));
  return found.size === 1 ? ([...found][0] ?? '') : '';
}
