import type { Json } from '../../base/json.ts';
import type { ConflictDetail, MethodName, ParamsOf, ResultOf } from '../../protocol/debug/index.ts';
import { rowsAnswers } from './scripted-rows.ts';

// Conflicts and tools of the scripted client.

type Answers = { readonly [M in MethodName]?: (params: ParamsOf<M>) => ResultOf<M> };

const base = { name: 'Ada Lind', born: '1984-02-11', 'contact.phone': '+1 555 0142', weightKg: 22.9, primary: 'user/u-104', allergies: ['penicillin'], insurance: 'Northwind' };

function detail(contextId: string, conflictId: string, at: number): ConflictDetail {
  const side = (value: Json, timestamp: number, deviceId: string): ConflictDetail['base'] => ({ value, deleted: false, timestamp, deviceId });
  return {
    conflictId,
    contextId,
    at,
    entity: 'patient',
    entityId: 'p-20419',
    state: 'automatic',
    strategy: 'fields',
    winner: 'merged',
    theirDevice: 'ipad-ward-3',
    theirVersion: 2_903,
    mutationIds: [],
    code: null,
    message: null,
    base: side(base, at - 900_000, 'desk-3'),
    mine: side({ ...base, 'contact.phone': '+1 555 0187', weightKg: 23.4 }, at - 102, 'chrome-amelie'),
    theirs: side({ ...base, 'contact.phone': '+1 555 0117', primary: 'user/u-118' }, at, 'ipad-ward-3'),
    result: side({ ...base, 'contact.phone': '+1 555 0117', weightKg: 23.4, primary: 'user/u-118' }, at, 'ipad-ward-3'),
    decided: [{ field: 'contact.phone', rule: 'later write wins', winner: 'theirs' }],
  };
}

export function dataAnswers(now: number): Answers {
  return {
    ...rowsAnswers(now),
    'Conflict.get': ({ contextId, conflictId }) => detail(contextId, conflictId, now - 60_000),
    'Conflict.tryStrategy': ({ contextId, conflictId, strategy }) => {
      const known = detail(contextId, conflictId, now);
      const result = strategy === 'lww' ? known.theirs : known.result;
      return { result: result ?? { value: null, deleted: true, timestamp: null, deviceId: null }, outcome: 'put', decided: [{ field: '', rule: 'later stamp', winner: 'theirs' }] };
    },
    'Conflict.resolve': ({ contextId, conflictId, choice, value, dryRun }) => {
      const known = detail(contextId, conflictId, now);
      const written = choice === 'value' ? value : choice === 'mine' ? known.mine?.value : known.theirs?.value;
      return { dryRun: dryRun === true, writes: { op: 'put', value: written ?? null }, ...(dryRun === true ? {} : { mutationId: 'm-settled' }) };
    },
    'Context.history': ({ entityId, to }) => ({
      source: 'server',
      horizon: 1_000,
      more: false,
      changes: [2_204, 2_790, 2_861, 2_903].filter((version) => version <= to).map((contextVersion, i) => ({ contextVersion, entity: 'patient', entityId: entityId ?? 'p-20419', op: 'put', value: { ...base, weightKg: 22 + i * 0.3, 'contact.phone': i > 2 ? '+1 555 0117' : '+1 555 0142' }, timestamp: now - (4 - i) * 3_600_000, deviceId: i % 2 === 0 ? 'ipad-ward-3' : 'chrome-amelie', mutationId: `m-${i}` })),
    }),
    'Data.export': ({ format, cursor }) => ({ chunk: format === 'csv' ? 'name\r\nAda\r\n' : '{"entity":"patient","id":"p-1","value":{"name":"Ada"}}\n', next: cursor === undefined ? '2:patient:p-1' : null, rows: 1, total: 2, masked: false }),
    'Network.conditions': () => ({
      conditions: null,
      endpoints: [
        { endpoint: 'wss://sync-eu.rounds.example/sync', state: 'open', since: now - 1_400_000, rttMs: 24, retryAt: null, bytesIn: 4_812_000, bytesOut: 911_000, reconnects: 2 },
        { endpoint: 'wss://sync-us.rounds.example/sync', state: 'backoff', since: now - 60_000, rttMs: null, retryAt: now + 8_000, bytesIn: 0, bytesOut: 0, reconnects: 7 },
      ],
    }),
    'Network.emulate': ({ conditions }) => ({ conditions }),
    'Telemetry.get': () => ({ at: now, startedAt: now - 1_500_000, contexts: [], client: { quotaBytes: 5e9 } }),
    'Recorder.status': () => ({ on: true, segments: 5, bytes: 9_400_000, oldestAt: now - 840_000, limitBytes: 16_777_216 }),
  };
}
