import { AppError } from '../base/app-error.ts';
import { isJsonObject, type Json } from '../base/json.ts';
import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { ClientInfo, DebugEvent } from '../protocol/debug/index.ts';
import type { SqlRow, SqlValue } from './handle.ts';

// Events and clients as rows of a recording, both ways. What comes out of a file is checked: it may be anybody's.

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS);
const isKind = (kind: string): kind is EventKind => KINDS.has(kind);

export const EVENT_COLUMNS = 'runId, seq, clientId, at, contextId, activationId, kind, entity, entityId, fromVersion, toVersion, mutationIds, bytes, durationMs, data';

export function eventRow(clientId: string, runId: string, event: DebugEvent): SqlValue[] {
  return [
    runId,
    event.seq,
    clientId,
    event.at,
    event.contextId ?? null,
    event.activationId ?? null,
    event.kind,
    event.entity ?? null,
    event.entityId ?? null,
    event.fromVersion ?? null,
    event.toVersion ?? null,
    event.mutationIds === undefined ? null : JSON.stringify(event.mutationIds),
    event.bytes ?? null,
    event.durationMs ?? null,
    JSON.stringify(event.data),
  ];
}

const bad = (column: string): never => {
  throw new AppError('DAMAGED_RECORDING', `The recording is damaged: ${column} holds something else`);
};

export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : bad(column);
}

export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : bad(column);
}

export function jsonOf(row: SqlRow, column: string): Json {
  try {
    return JSON.parse(textOf(row, column)) as Json;
  } catch {
    return bad(column);
  }
}

const OPTIONAL_TEXTS = ['contextId', 'activationId', 'entity', 'entityId'] as const;
const OPTIONAL_NUMBERS = ['fromVersion', 'toVersion', 'bytes', 'durationMs'] as const;

export function readEventRow(row: SqlRow): DebugEvent {
  const kind = textOf(row, 'kind');
  const data = jsonOf(row, 'data');
  const event: { -readonly [K in keyof DebugEvent]: DebugEvent[K] } = {
    seq: numberOf(row, 'seq'),
    at: numberOf(row, 'at'),
    kind: isKind(kind) ? kind : bad('kind'),
    data: isJsonObject(data) ? data : bad('data'),
  };
  for (const column of OPTIONAL_TEXTS) if (row[column] !== null) event[column] = textOf(row, column);
  for (const column of OPTIONAL_NUMBERS) if (row[column] !== null) event[column] = numberOf(row, column);
  if (row['mutationIds'] !== null) {
    const ids = jsonOf(row, 'mutationIds');
    event.mutationIds = Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? ids : bad('mutationIds');
  }
  return event;
}

export const CLIENT_COLUMNS = 'clientId, runId, deviceId, title, type, app, platform, locale, runtimeVersion, userId, startedAt, capabilities, valuePolicy, clockOffsetMs';

export function clientRow(info: ClientInfo): SqlValue[] {
  return [
    info.clientId,
    info.runId,
    info.deviceId,
    info.title,
    info.type,
    info.app,
    info.platform,
    null,
    info.runtimeVersion,
    info.userId ?? null,
    info.startedAt,
    JSON.stringify(info.capabilities),
    info.valuePolicy,
    info.clockOffsetMs ?? null,
  ];
}

const TYPES: ReadonlySet<string> = new Set(['page', 'worker', 'node', 'phone', 'recording'] satisfies ClientInfo['type'][]);
const POLICIES: ReadonlySet<string> = new Set(['full', 'structure', 'redacted'] satisfies ClientInfo['valuePolicy'][]);

export function readClientRow(row: SqlRow): ClientInfo {
  const type = textOf(row, 'type');
  const valuePolicy = textOf(row, 'valuePolicy');
  const capabilities = jsonOf(row, 'capabilities');
  return {
    clientId: textOf(row, 'clientId'),
    runId: textOf(row, 'runId'),
    deviceId: textOf(row, 'deviceId'),
    title: textOf(row, 'title'),
    type: TYPES.has(type) ? (type as ClientInfo['type']) : bad('type'),
    app: textOf(row, 'app'),
    platform: textOf(row, 'platform'),
    runtimeVersion: textOf(row, 'runtimeVersion'),
    startedAt: numberOf(row, 'startedAt'),
    capabilities: Array.isArray(capabilities) && capabilities.every((name) => typeof name === 'string') ? capabilities : bad('capabilities'),
    valuePolicy: POLICIES.has(valuePolicy) ? (valuePolicy as ClientInfo['valuePolicy']) : bad('valuePolicy'),
    ...(row['userId'] === null ? {} : { userId: textOf(row, 'userId') }),
    ...(row['clockOffsetMs'] === null ? {} : { clockOffsetMs: numberOf(row, 'clockOffsetMs') }),
  };
}
