import { isJsonObject, type Json } from '../../shared/base/json.ts';

export type ValuePolicy = 'full' | 'structure';

/** DB8 `structure`: names and types stay, values become their type and length. */
export function masked(value: Json, policy: ValuePolicy): Json {
  if (policy === 'full') return value;
  if (typeof value === 'string') return `«text, ${value.length} characters»`;
  if (typeof value === 'number') return '«number»';
  if (Array.isArray(value)) return value.map((item: Json) => masked(item, policy));
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, policy)]));
  return value;
}
