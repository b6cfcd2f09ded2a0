import type { Json } from '../../base/json.ts';
import type { ClientInfo, ResultOf } from '../../protocol/debug/index.ts';

// What the scripted hub knows of reports, and its client of the server.

type Comparison = ResultOf<'Context.replay'>;
type RowAt = NonNullable<NonNullable<Comparison['differences']>[number]['local']>;

export function reportOf(file: string, info: ClientInfo, now: number): ResultOf<'Hub.openReport'> {
  return { file, bytes: 14_600_000, meta: { notes: 'The dose I changed came back.', redaction: 'default' }, clients: [{ ...info, clientId: 'k-tablet', deviceId: 'tablet-aa41', platform: 'Android 15' }], contexts: ['clinic-a', 'clinic-b', 'shared'], events: 48_211, steps: 48_211, gaps: 0, firstAt: now - 18_000_000, lastAt: now - 17_100_000 };
}

/** Three rows that are not equal at a version. */
export function comparedRows(version: number, now: number): Pick<Comparison, 'version' | 'differences'> {
  const row = (entity: string, id: string, at: number, value: Json | null): RowAt => ({ entity, id, version: at, value, deleted: value === null, timestamp: now - 60_000, deviceId: 'tablet-f207' });
  const change = (at: number, deviceId: string) => ({ contextVersion: at, mutationId: `m-${at}`, deviceId });
  const patient = { careLevel: 2, language: 'en', lastVisit: '2026-11-09', team: 'blue', tags: ['diabetes', 'asthma'] };
  return {
    version,
    differences: [
      { entity: 'patient', id: 'p-30882', kind: 'differs', local: row('patient', 'p-30882', version - 136, { ...patient, nextReview: '2026-12-04', weightKg: 71.5 }), server: row('patient', 'p-30882', version - 23, { ...patient, nextReview: '2027-01-15', weightKg: 72 }), change: change(version - 23, 'tablet-f207') },
      { entity: 'order', id: 'o-11947', kind: 'differs', local: row('order', 'o-11947', version - 18, { status: 'planned' }), server: row('order', 'o-11947', version - 18, { status: 'done' }), change: change(version - 18, 'ipad-gate-2') },
      { entity: 'note', id: 'n-80213', kind: 'only-here', local: row('note', 'n-80213', version - 213, { body: 'Call back on Monday.' }), server: row('note', 'n-80213', version - 9, null), change: change(version - 9, 'desk-7') },
    ],
  };
}
