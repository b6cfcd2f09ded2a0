import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import { contextIdSchema, type ContextId } from '../../shared/core/ids.ts';
import type { Identity } from '../access/tokens.ts';
import type { Admin } from '../admin.ts';
import type { Services } from '../services.ts';
import { adminApi, backOffice } from './admin-route.ts';
import { isHostAllowed, isOriginAllowed, type OriginPolicy } from './origin.ts';
import { respondError, respondJson } from './respond.ts';
import { serveSnapshot } from './snapshot-route.ts';

export interface RouterOptions {
  readonly services: Services;
  readonly admin: Admin;
  readonly policy: OriginPolicy;
  /** `/metrics` without a token. */
  readonly openMetrics: boolean;
  isDraining(): boolean;
}

/** The HTTP side: snapshots, back office, admin API, health and figures. */
export function createRouter(options: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    route(options, request, response).catch((thrown: unknown) => {
      const isOurs = respondError(response, thrown);
      if (isOurs) options.services.log.error({ method: request.method, code: codeOf(thrown), err: thrown }, 'an HTTP call failed');
      // What is left of a refused body is not read.
      if (!request.complete) request.destroy();
    });
  };
}

async function route(options: RouterOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { services, policy } = options;
  const { origin } = request.headers;
  if (!isHostAllowed(policy, request.headers.host)) return respondJson(response, 421, { error: { code: 'FORBIDDEN', message: 'This server does not answer to that host name' } });
  if (!isOriginAllowed(policy, origin)) throw new AppError('FORBIDDEN', 'This origin is not on the list of the server');
  if (origin !== undefined) allow(response, origin);
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();

  const url = URL.parse(request.url ?? '/', 'http://localhost');
  const path = url === null ? [] : url.pathname.split('/').slice(1).map(decode);
  const query = url?.searchParams ?? new URLSearchParams();
  const [first, second, third] = path;
  const isRead = request.method === 'GET' || request.method === 'HEAD';

  if (first === 'healthz' && path.length === 1 && isRead) return await health(options, response);
  if (first === 'metrics' && path.length === 1 && isRead) {
    if (!options.openMetrics || request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined) await asAdmin(services, request);
    const body = await services.metrics.registry.metrics();
    return void response.writeHead(200, { 'content-type': services.metrics.registry.contentType }).end(body);
  }
  if (first === 'contexts' && second === 'hotspots' && path.length === 2 && isRead) {
    await asAdmin(services, request);
    const hours = Math.min(Math.max(Number(query.get('hours') ?? 24) || 24, 1), 168);
    const now = services.clock.now();
    return respondJson(response, 200, { since: now - hours * 3_600_000, hotspots: await services.hotspots.top(now - hours * 3_600_000, now, 20) });
  }
  if (first === 'contexts' && third === 'snapshot' && path.length === 3 && isRead) {
    return await serveSnapshot(services, await authenticate(services, request), parseContext(second), request, response, query);
  }
  const call = { services, admin: options.admin, request, response, query };
  if (first === 'contexts' && third === 'changes' && path.length === 3 && request.method === 'POST') {
    return await backOffice({ ...call, identity: await asAdmin(services, request) }, parseContext(second));
  }
  if (first === 'admin') {
    const identity = await asAdmin(services, request);
    if (await adminApi({ ...call, identity }, path.slice(1))) return;
  }
  throw new AppError('NOT_FOUND', 'There is nothing here');
}

async function health({ services, isDraining }: RouterOptions, response: ServerResponse): Promise<void> {
  if (isDraining()) return respondJson(response, 503, { status: 'draining' });
  try {
    await services.store.ping();
  } catch {
    return respondJson(response, 503, { status: 'database unreachable' });
  }
  respondJson(response, 200, { status: 'ok', serverId: services.store.serverId });
}

/** Fails with `UNAUTHENTICATED`. */
async function authenticate(services: Services, request: IncomingMessage): Promise<Identity> {
  const match = /^Bearer ([\w.~+/=-]{1,16384})$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] === undefined) throw new AppError('UNAUTHENTICATED', 'This needs a bearer token');
  return await services.verify(match[1]);
}

async function asAdmin(services: Services, request: IncomingMessage): Promise<Identity> {
  const identity = await authenticate(services, request);
  if (!identity.admin) throw new AppError('FORBIDDEN', 'This needs a token with the claim admin');
  return identity;
}

function parseContext(text: string | undefined): ContextId {
  const parsed = contextIdSchema.safeParse(text);
  if (!parsed.success) throw new AppError('NOT_FOUND', 'There is nothing here');
  return parsed.data;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AppError('NOT_FOUND', 'There is nothing here');
  }
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'Origin');
  response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, idempotency-key, if-none-match, if-range, range');
  response.setHeader('access-control-expose-headers', 'accept-ranges, content-length, content-range, etag, repr-digest');
  response.setHeader('access-control-max-age', '600');
}
