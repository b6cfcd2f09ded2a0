import { isJsonObject, type Json } from '../../shared/base/json.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';

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

/** Events name no values but for what a frame held: of that, values of changes and mutations are masked, and nothing else. */
export function maskedEvent(event: RuntimeEvent, policy: ValuePolicy): RuntimeEvent {
  const { frame } = event.data;
  if (policy === 'full' || event.kind !== 'frame' || frame === undefined || !isJsonObject(frame)) return event;
  const hidden: { [key: string]: Json } = { ...frame };
  for (const part of ['changes', 'mutations']) {
    const items = frame[part];
    if (Array.isArray(items)) hidden[part] = items.map((item: Json) => withoutValue(item, policy));
  }
  return { ...event, data: { ...event.data, frame: hidden } };
}

function withoutValue(item: Json, policy: ValuePolicy): Json {
  const value = isJsonObject(item) ? item['value'] : undefined;
  return value === undefined || !isJsonObject(item) ? item : { ...item, value: masked(value, policy) };
}
