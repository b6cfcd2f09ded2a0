import { isJsonObject, sameJson, type Json, type JsonObject } from '../../base/json.ts';
import { compareStamps, type Stamp, type Stamps } from '../change.ts';
import { rowState, textOf, valueOf, type RowState } from '../row.ts';
import type { DecidedField, Resolution } from './resolution.ts';

/** When `field` of a row was last written: its own stamp, the row's for a field that is there, null for one that never was. */
export function fieldStamp(row: RowState, value: JsonObject | null, field: string): Stamp | null {
  if (Object.hasOwn(row.stamps, field)) return row.stamps[field] as Stamp;
  return value !== null && Object.hasOwn(value, field) ? row.stamp : null;
}

/** The stamps that a row with `stamp` has to list so that each field keeps its own. */
export function listStamps(value: JsonObject, stamp: Stamp, effective: ReadonlyMap<string, Stamp | null>): Stamps {
  const listed = Object.create(null) as Record<string, Stamp>;
  for (const field of [...effective.keys()].sort()) {
    const own = effective.get(field) ?? null;
    if (own === null) continue;
    if (!Object.hasOwn(value, field) || compareStamps(own, stamp) !== 0) listed[field] = own;
  }
  return { ...listed };
}

/** The field stamps of a local write: a field that it changes or removes gets the write's stamp, the others keep theirs (CF2). */
export function stampsOfWrite(before: RowState, text: string | null, stamp: Stamp): Stamps {
  const old = valueOf(before);
  const value = text === null ? null : (JSON.parse(text) as Json);
  const oldFields = isJsonObject(old ?? undefined) ? (old as JsonObject) : null;
  if (value === null || !isJsonObject(value)) return {};
  const effective = new Map<string, Stamp | null>();
  for (const field of fieldsOf(before, oldFields, value)) {
    const was = oldFields !== null && Object.hasOwn(oldFields, field) ? oldFields[field] : undefined;
    const is = Object.hasOwn(value, field) ? value[field] : undefined;
    effective.set(field, sameJson(was, is) ? fieldStamp(before, oldFields, field) : stamp);
  }
  return listStamps(value, stamp, effective);
}

function fieldsOf(row: RowState, ...values: readonly (JsonObject | null)[]): ReadonlySet<string> {
  const fields = new Set(Object.keys(row.stamps));
  for (const value of values) for (const field of Object.keys(value ?? {})) fields.add(field);
  return fields;
}

/** How one field that both sides changed is merged; null leaves it to the stamps. */
export type FieldMerge = (field: string, base: Json | undefined, mine: Json | undefined, theirs: Json | undefined, mineIsLater: boolean) => Json | null;

/**
 * CF2 `fields`: per field, changed where its stamp differs from the base's; where both changed one, the later stamp wins. A field's
 * value does not say whether it was changed: it may have been set back.
 */
export function resolveFields(base: RowState, mine: RowState, theirs: RowState, mergeField: FieldMerge = () => null): Resolution {
  const [b, m, t] = [valueOf(base), valueOf(mine), valueOf(theirs)];
  if (m === null) return { kind: 'take-theirs', decided: [{ field: '*', rule: t === null ? 'same' : 'update-over-delete', winner: 'theirs' }] };
  if (t === null) return { kind: 'put', row: mine, decided: [{ field: '*', rule: 'update-over-delete', winner: 'mine' }] };
  if (!isJsonObject(m) || !isJsonObject(t)) return resolveWhole(mine, theirs);
  const from = b !== null && isJsonObject(b) ? b : null;
  const value = Object.create(null) as Record<string, Json>;
  const effective = new Map<string, Stamp | null>();
  const decided: DecidedField[] = [];
  let differs = false;
  const names = new Set([...fieldsOf(base, from), ...fieldsOf(mine, m), ...fieldsOf(theirs, t)]);
  for (const field of [...names].sort()) {
    const [bs, ms, ts] = [fieldStamp(base, from, field), fieldStamp(mine, m, field), fieldStamp(theirs, t, field)];
    const [bv, mv, tv] = [from?.[field], own(m, field), own(t, field)];
    const mineChanged = compareStamps(ms, bs) !== 0;
    const theirsChanged = compareStamps(ts, bs) !== 0;
    let result = tv;
    let stamp = ts;
    if (mineChanged && theirsChanged) {
      const later = compareStamps(ms, ts) > 0;
      const merged = mergeField(field, bv, mv, tv, later);
      if (merged !== null) {
        // A merge that gives theirs again writes nothing. One that does not is a value of its own, and so it has a stamp of its own: under the
        // later side's it would pass for that side's value, and be lost by whoever has that as the base.
        if (!sameJson(merged, tv)) [result, stamp, differs] = [merged, pastBoth(ms, ts, mine.stamp), true];
        decided.push({ field, rule: 'text-merge', winner: 'merged' });
      } else {
        if (later) [result, stamp, differs] = [mv, ms, true];
        decided.push({ field, rule: 'later-stamp', winner: later ? 'mine' : 'theirs' });
      }
    } else if (mineChanged) {
      [result, stamp, differs] = [mv, ms, true];
      decided.push({ field, rule: 'only-mine', winner: 'mine' });
    } else if (theirsChanged) {
      decided.push({ field, rule: 'only-theirs', winner: 'theirs' });
    }
    if (result !== undefined) value[field] = result;
    effective.set(field, stamp);
  }
  if (!differs) return { kind: 'take-theirs', decided };
  // The server stamps the row with the pusher's deviceId, so the row's stamp is mine; fields that are theirs list their own.
  const newest = [...effective.values()].reduce((max, own) => Math.max(max, own?.[0] ?? 0), 0);
  const stamp: Stamp = [Math.max(mine.stamp?.[0] ?? 0, theirs.stamp?.[0] ?? 0, newest), mine.stamp?.[1] ?? ''];
  const row = rowState(textOf(value), stamp, listStamps(value, stamp, effective), mine.schemaVersion);
  return { kind: 'put', row, decided };
}

/** 1 ms past two stamps of one field, of the device that merges them: it depends on what is merged alone, and no value but this has it. */
const pastBoth = (mine: Stamp | null, theirs: Stamp | null, row: Stamp | null): Stamp => [Math.max(mine?.[0] ?? 0, theirs?.[0] ?? 0) + 1, row?.[1] ?? ''];

const own = (object: JsonObject, field: string): Json | undefined => (Object.hasOwn(object, field) ? object[field] : undefined);

/** A row without fields is decided by its stamp. */
function resolveWhole(mine: RowState, theirs: RowState): Resolution {
  const wins = compareStamps(mine.stamp, theirs.stamp) > 0;
  const decided: DecidedField[] = [{ field: '*', rule: 'later-stamp', winner: wins ? 'mine' : 'theirs' }];
  return wins ? { kind: mine.text === null ? 'delete' : 'put', row: mine, decided } : { kind: 'take-theirs', decided };
}
