import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../shared/base/app-error.ts';
import { VERSION_0, type ContextId } from '../../shared/core/ids.ts';
import { roleOf } from '../access/role-of.ts';
import type { Identity } from '../access/tokens.ts';
import type { Services } from '../services.ts';

/**
 * `GET /contexts/{id}/snapshot?version=…&sha256=…`: the file as it is, resumable by Range and If-Range. With `&encoding=br` it comes
 * compressed, whole only: worth its time below about 100 MB/s, which the client knows and a browser's Accept-Encoding does not say. One
 * that is not kept any more is `SNAPSHOT_GONE` (410): the client activates again and is named another.
 */
export async function serveSnapshot(services: Services, identity: Identity, contextId: ContextId, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
  const facts = await services.store.activation(identity.userId, contextId, VERSION_0);
  if (facts === null || roleOf(facts.member, facts.revocation, services.clock.now()) === null) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context, or you are no member of it');
  const sha256 = query.get('sha256') ?? '';
  const found = await services.snapshots.find(contextId, sha256);
  if (found === null) throw new AppError('SNAPSHOT_GONE', 'This snapshot is not kept any more: activate again');
  const { path, record } = found;
  const etag = `"${record.sha256}"`;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('cache-control', 'private, no-transform');
  response.setHeader('repr-digest', `sha-256=:${Buffer.from(record.sha256, 'hex').toString('base64')}:`);
  response.setHeader('content-type', 'application/vnd.sqlite3');
  response.setHeader('x-content-type-options', 'nosniff');
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
  const context = services.metrics.label(contextId);
  if (query.get('encoding') === 'br' && request.headers.range === undefined) {
    const compressed = await services.snapshots.dir.compressed(record, services.clock.now());
    response.writeHead(200, { 'content-encoding': 'br', 'content-length': compressed.bytes });
    if (request.method === 'HEAD') return void response.end();
    services.metrics.sentBytes.inc({ context, kind: 'snapshot' }, compressed.bytes);
    return await send(compressed.path, {}, response);
  }
  const range = rangeOf(request, etag, record.bytes);
  if (range === 'unsatisfiable') return void response.writeHead(416, { 'content-range': `bytes */${record.bytes}` }).end();
  const { start, end } = range ?? { start: 0, end: record.bytes - 1 };
  response.writeHead(range === null ? 200 : 206, { 'content-length': end - start + 1, ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${record.bytes}` }) });
  if (request.method === 'HEAD') return void response.end();
  services.metrics.sentBytes.inc({ context, kind: 'snapshot' }, end - start + 1);
  await send(path, { start, end }, response);
}

/** A reader that goes away or stops reading ends its own stream; at most this much of the file is in memory for it. */
async function send(path: string, part: { start?: number; end?: number }, response: ServerResponse): Promise<void> {
  await pipeline(createReadStream(path, { ...part, highWaterMark: 262_144 }), response).catch((thrown: unknown) => {
    if (!response.destroyed) throw thrown;
  });
}

/** The one range asked for, null for the whole; several ranges, or a range of another version of the file, are answered with the whole. */
function rangeOf(request: IncomingMessage, etag: string, bytes: number): { start: number; end: number } | null | 'unsatisfiable' {
  const { range } = request.headers;
  const ifRange = request.headers['if-range'];
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return null;
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range);
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') {
    const last = Number(match[2]);
    return last === 0 ? 'unsatisfiable' : { start: Math.max(0, bytes - last), end: bytes - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
  return start >= bytes ? 'unsatisfiable' : end < start ? null : { start, end };
}
