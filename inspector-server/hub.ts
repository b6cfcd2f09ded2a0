import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { AppError, codeOf, messageOf } from '../shared/base/app-error.ts';
import type { Undo } from '../shared/base/clock.ts';
import { deferred } from '../shared/base/deferred.ts';
import { Grants, type Grant } from './access/grants.ts';
import { Pairing } from './access/pairing.ts';
import { Audit, type AuditEntry } from './audit.ts';
import { Directory } from './clients/directory.ts';
import { claimDataDir } from './files.ts';
import { Guard, isLoopback } from './http/guard.ts';
import { safeHeaders, sendError } from './http/respond.ts';
import { route, type RoutePorts } from './http/routes.ts';
import { builtWebDir } from './http/static-files.ts';
import { checkNoOtherHub, removeHubFile, writeHubFile } from './hub-file.ts';
import { DEFAULT_HOST, DEFAULT_LIMITS, DEFAULT_PORT, EXTENSION_ID, type HubLimits, type HubOptions } from './options.ts';
import { TextMemory } from './recordings/text-memory.ts';
import { WriterThread } from './recordings/writer-thread.ts';
import { Reports } from './reports.ts';
import { Sockets } from './sockets/sockets.ts';
import { systemClock } from './system-clock.ts';

/** Chunks of memory that are kept for texts, whether there are any or not. */
const CHUNKS_KEPT = 16;

/** A running hub. */
export interface Hub {
  /** Where it listens, `http://127.0.0.1:9339`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Where agents dial. */
  readonly agentUrl: string;
  /** A new link for a browser on this machine, good for one use: its fragment carries the token (never sent to a server). */
  newLink(): string;
  /** Removes what is too old or too much, as it does by itself every minute. */
  retain(): Promise<void>;
  /** Bytes that wait in each socket for its peer to read them. */
  buffered(): readonly number[];
  close(): Promise<void>;
}

/** Starts a hub. Throws an `AppError` that says what to do when it cannot: nothing is changed then. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, host = DEFAULT_HOST, port = DEFAULT_PORT, clock = systemClock, log = () => undefined } = options;
  const limits: HubLimits = { ...DEFAULT_LIMITS, ...options.limits };
  if (!isLoopback(host) && options.tls === undefined && options.allowRemote !== true) {
    throw new AppError('NOT_LOOPBACK', `${host} can be reached from other machines, and the hub would talk to them in the clear`, { hint: 'Give it a certificate (--cert, --key), or say --allow-remote.' });
  }
  claimDataDir(dataDir);
  await checkNoOtherHub(dataDir);
  const scheme = options.tls === undefined ? 'http' : 'https';
  const server: Server = options.tls === undefined ? createHttpServer() : createHttpsServer(options.tls);
  await listen(server, host, port);
  const address = server.address();
  const realPort = typeof address === 'object' && address !== null ? address.port : port;

  const tempDir = join(dataDir, 'temporary');
  rmSync(tempDir, { recursive: true, force: true });
  mkdirSync(tempDir, { mode: 0o700 });
  const hubId = `hub-${randomBytes(6).toString('hex')}`;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const url = `${scheme}://${name}:${realPort}`;
  const guard = new Guard({ host, port: realPort, scheme, hosts: options.hosts ?? [], origins: options.origins ?? [], extensionIds: options.extensionIds ?? [EXTENSION_ID] });
  const grants = new Grants(join(dataDir, 'tokens.json'), clock);
  const pairing = new Pairing(clock, (code, expiresAt, isNew) => {
    log(`${isNew ? 'A wrong code was given. The new pairing' : 'Pairing'} code is ${code.slice(0, 3)} ${code.slice(3)}, for one use until ${new Date(expiresAt).toLocaleTimeString()}`);
  });
  const writer = new WriterThread(log);
  const directory = new Directory(join(dataDir, 'recordings'), { writer, memory: new TextMemory(Math.ceil(1.25 * limits.flushBytes), CHUNKS_KEPT), limits, clock, trouble: log });
  const reports = new Reports(join(dataDir, 'reports'), limits, () => clock.now());
  const audit = new Audit(join(dataDir, 'audit.jsonl'), limits.auditBytes);
  const sockets = new Sockets({ guard, grants, pairing, directory, reports, audit, limits, clock, log, hubId });
  const newLink = (): string => `${url}/#token=${grants.newStart()}`;
  const ports: RoutePorts = { hubId, version: options.version ?? '0', scheme, webDir: options.webDir ?? builtWebDir(), tempDir, grants, pairing, directory, reports, limits, newLink, revoked: (id) => sockets.revoke(id), log, audit: (grant, what, params) => audit.add(entryOf(clock.now(), grant, what, params)) };

  server.on('request', (request, response) => void answer(request, response, guard, ports));
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  server.on('clientError', (_error, socket) => socket.destroy());
  server.headersTimeout = 10_000;
  server.requestTimeout = 600_000;
  server.maxConnections = limits.agents + limits.inspectors + limits.strangers + 64;

  await directory.retain();
  let stopRetention: Undo = () => undefined;
  const schedule = (round: number): void => {
    stopRetention = clock.after(limits.retentionEveryMs, () => {
      schedule(round + 1);
      // Recordings that nobody has open are looked at less often: it takes opening them.
      directory.retain(round % 10 === 0).catch((thrown: unknown) => log(`Recordings cannot be tidied up: ${messageOf(thrown)}`));
    });
  };
  schedule(1);
  const { token } = grants.issue({ kind: 'command-line', name: 'command line', mode: 'control', contexts: null, expiresAt: null });
  writeHubFile(dataDir, { url, token, pid: process.pid, hub: hubId });

  let closing: Promise<void> | null = null;
  return {
    url,
    host,
    port: realPort,
    agentUrl: `${url.replace(/^http/, 'ws')}/agent`,
    newLink,
    retain: () => directory.retain(),
    buffered: () => sockets.buffered(),
    close: () =>
      (closing ??= (async () => {
        stopRetention();
        sockets.close();
        const closed = deferred<void>();
        server.close(() => closed.resolve());
        server.closeAllConnections();
        await closed.promise;
        await directory.close();
        await writer.close();
        removeHubFile(dataDir, hubId);
      })()),
  };
}

function entryOf(at: number, grant: Grant, method: string, params: { readonly [key: string]: string | readonly string[] | null }): AuditEntry {
  return { at, sessionId: grant.id, by: grant.name, clientId: '', method, commandId: null, params, outcome: 'done' };
}

async function answer(request: IncomingMessage, response: ServerResponse, guard: Guard, ports: RoutePorts): Promise<void> {
  const verdict = guard.check(request);
  if (!verdict.ok) {
    ports.log(`Refused a request: ${verdict.reason}`);
    return void response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', connection: 'close' }).end(`Refused: ${verdict.reason}\n`);
  }
  for (const [name, value] of Object.entries(safeHeaders(request.headers.host ?? '', ports.scheme))) response.setHeader(name, value);
  if (verdict.origin !== null && guard.isForeign(verdict.origin)) {
    response.setHeader('access-control-allow-origin', verdict.origin);
    response.setHeader('vary', 'origin');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    if (request.method === 'OPTIONS') {
      return void response.writeHead(204, { 'access-control-allow-methods': 'GET, POST, DELETE', 'access-control-allow-headers': 'authorization, content-type, content-range, report-id', 'access-control-max-age': '600', 'access-control-allow-private-network': 'true' }).end();
    }
  }
  try {
    await route(request, response, ports);
  } catch (thrown) {
    if (!(thrown instanceof AppError) && codeOf(thrown) !== 'ERR_STREAM_PREMATURE_CLOSE') ports.log(`A request failed: ${String(thrown)}`);
    sendError(response, thrown);
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = deferred<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  try {
    await listening.promise;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'EADDRINUSE') throw new AppError('PORT_IN_USE', `Port ${port} is in use`, { hint: 'Stop what listens there, or name another with --port (0: any free one).', cause: thrown });
    if (code === 'EACCES') throw new AppError('PORT_IN_USE', `Port ${port} may not be used by this user`, { hint: 'Name one above 1024 with --port.', cause: thrown });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new AppError('BAD_HOST', `${host} is no address of this machine`, { hint: 'Name one with --host.', cause: thrown });
    throw thrown;
  }
}
