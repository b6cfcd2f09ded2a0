import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import { contextId, userIdSchema, type ContextId } from '../../shared/core/ids.ts';
import { acceptUntilSchema, changesBody, compactBody, createBody, importRow, memberBody, updateBody } from '../../shared/protocol/sync/admin-bodies.ts';
import type { Admin } from '../admin.ts';
import type { Identity } from '../access/tokens.ts';
import type { Services } from '../services.ts';
import type { ImportRow } from '../store/log-store.ts';
import { readJson, readLines, respondJson } from './respond.ts';

// The admin API and the back office, behind the claim `admin`. Every call that changes something leaves a line in the audit log, without values.

export interface AdminCall {
  readonly services: Services;
  readonly admin: Admin;
  readonly identity: Identity;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
}

/** `POST /contexts/{id}/changes`. An `Idempotency-Key`, or a mutationId with every change, makes it safe to repeat. */
export async function backOffice(call: AdminCall, id: ContextId): Promise<void> {
  const { changes } = parse(changesBody, await readJson(call.request, call.services.limits.bodyBytes));
  const header = call.request.headers['idempotency-key'];
  const requestId = typeof header === 'string' && header !== '' ? header : undefined;
  if (requestId === undefined && changes.some((change) => change.mutationId === undefined)) {
    throw new AppError('BAD_VALUE', 'Name the call by an Idempotency-Key header, or each change by a mutationId');
  }
  const results = await call.admin.backOfficeChanges(id, changes, { actor: call.identity.userId, requestId: requestId ?? '' });
  await audit(call, 'changes', id, { changes: changes.length, applied: results.filter((one) => one.outcome === 'applied').length });
  respondJson(call.response, 200, { results });
}

/** Everything below `/admin/`. False when there is no such thing. */
export async function adminApi(call: AdminCall, path: readonly string[]): Promise<boolean> {
  const { method } = call.request;
  const [area, id, part, name] = path;
  if (area === 'audit' && path.length === 1 && method === 'GET') {
    respondJson(call.response, 200, { entries: await call.services.store.auditLog(1_000) });
    return true;
  }
  if (area === 'restored' && path.length === 1 && method === 'POST') {
    const logs = await call.admin.restored();
    await audit(call, 'restored', null, { logs });
    await call.services.feeds.sweep();
    respondJson(call.response, 200, { logs });
    return true;
  }
  if (area !== 'contexts') return false;
  if (id === undefined) return method === 'POST' ? await create(call) : method === 'GET' ? await list(call) : false;
  const context = contextId(id);
  switch (`${method} ${part ?? ''}`) {
    case 'PATCH ':
      return await update(call, context);
    case 'POST import':
      return await importRows(call, context);
    case 'POST compact':
      return await compact(call, context);
    case 'GET members':
      respondJson(call.response, 200, { members: await call.admin.members(context) });
      return true;
    case 'PUT members':
    case 'DELETE members':
      return name === undefined ? false : await member(call, context, parse(userIdSchema, name));
    default:
      return false;
  }
}

async function create(call: AdminCall): Promise<true> {
  const body = parse(createBody, await readJson(call.request, call.services.limits.bodyBytes));
  const record = await call.admin.createContext(body);
  await audit(call, 'create', body.contextId, { kind: body.kind, schemaVersion: body.schemaVersion });
  respondJson(call.response, 201, record);
  return true;
}

async function list(call: AdminCall): Promise<true> {
  respondJson(call.response, 200, { contexts: await call.services.store.heads() });
  return true;
}

async function update(call: AdminCall, id: ContextId): Promise<true> {
  const body = parse(updateBody, await readJson(call.request, call.services.limits.bodyBytes));
  const record = await call.admin.updateContext(id, body);
  await audit(call, 'update', id, { ...(body.schemaVersion === undefined ? {} : { schemaVersion: body.schemaVersion }), ...(body.readableFrom === undefined ? {} : { readableFrom: body.readableFrom }) });
  respondJson(call.response, 200, record);
  return true;
}

/** The body is one row per line (application/x-ndjson), of any length. */
async function importRows(call: AdminCall, id: ContextId): Promise<true> {
  const { rows, record } = await call.admin.importRows(id, parsedRows(readLines(call.request, call.services.limits.bodyBytes)));
  await audit(call, 'import', id, { rows });
  respondJson(call.response, 200, { rows, record });
  return true;
}

async function* parsedRows(lines: AsyncIterable<unknown>): AsyncGenerator<ImportRow> {
  for await (const line of lines) yield parse(importRow, line);
}

async function compact(call: AdminCall, id: ContextId): Promise<true> {
  const result = await call.admin.compact(id, parse(compactBody, await readJson(call.request, call.services.limits.bodyBytes)));
  call.services.feeds.find(id)?.saw(result.record);
  await audit(call, 'compact', id, { horizon: result.record.horizon, changes: result.changes, tombstones: result.tombstones });
  respondJson(call.response, 200, result);
  return true;
}

async function member(call: AdminCall, id: ContextId, user: string): Promise<true> {
  if (call.request.method === 'PUT') {
    const { role } = parse(memberBody, await readJson(call.request, call.services.limits.bodyBytes));
    await call.admin.setMember(id, user, role);
    await audit(call, 'grant', id, { user, role });
  } else {
    const text = call.query.get('acceptUntil');
    const acceptUntil = text === null ? undefined : parse(acceptUntilSchema, Number(text));
    await call.admin.revoke(id, user, { acceptUntil });
    await audit(call, 'revoke', id, { user, acceptUntil: acceptUntil ?? null });
  }
  respondJson(call.response, 200, {});
  return true;
}

async function audit(call: AdminCall, action: string, id: ContextId | null, details: { [key: string]: Json }): Promise<void> {
  const { services, identity } = call;
  services.log.info({ contextId: id, actor: identity.userId, action }, 'admin');
  await services.store.audit({ at: services.clock.now(), actor: identity.userId, action, contextId: id, details });
}

function parse<T>(schema: Schema<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError('BAD_VALUE', `${issue?.path.map(String).join('.') || 'The body'}: ${issue?.message ?? 'does not fit'}`);
}
