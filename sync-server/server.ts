import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { destination, pino, type Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { AppError, codeOf, messageOf } from '../shared/base/app-error.ts';
import type { Clock, Undo } from '../shared/base/clock.ts';
import type { UserId } from '../shared/core/ids.ts';
import { MAX_RECEIVED_BYTES } from '../shared/protocol/sync/index.ts';
import { createVerifier, type AuthOptions } from './access/tokens.ts';
import { createAdmin, type Admin } from './admin.ts';
import { systemClock } from './clock.ts';
import { Connection } from './connection/connection.ts';
import { Connections } from './connection/connections.ts';
import { Feeds } from './feed/feeds.ts';
import { loadHash } from './hash.ts';
import { isHostAllowed, isOriginAllowed, paysToCompress } from './http/origin.ts';
import { createRouter } from './http/router.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { pushWith } from './push.ts';
import type { Services } from './services.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import type { LogStore } from './store/log-store.ts';
import { Hotspots } from './telemetry/hotspots.ts';
import { Metrics } from './telemetry/metrics.ts';
import { Writers } from './writers.ts';

export interface SyncServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** Stays the caller's to close, after the server. */
  readonly store: LogStore;
  readonly auth: AuthOptions;
  /** Snapshot files; default: a new directory for temporary files, removed by `close`. Kept over restarts, it spares building them again. */
  readonly snapshotDir?: string | undefined;
  /** Bytes of snapshot files; default 4 GiB. */
  readonly snapshotBudget?: number | undefined;
  /** Changes that a snapshot may be behind the head when it is served. */
  readonly snapshotSlack?: number | undefined;
  /** Origins of web pages that may connect, beside those on the loopback interface. */
  readonly origins?: readonly string[] | undefined;
  /** Names that this server answers to, beside loopback's and plain addresses. */
  readonly hosts?: readonly string[] | undefined;
  /** `/metrics` without a token; default: only on a loopback address and not through a proxy. */
  readonly openMetrics?: boolean | undefined;
  /** Metrics of the process itself; off by default, because they are global to it. */
  readonly processMetrics?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Structured logs as JSON lines on stderr from this level on; default: none. Never a value or a token. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | undefined;
  /** Instead of `logLevel`. */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** Compaction of every context's log: how often, ms, and what stays. Default: hourly, 30 days and 256 MiB; null: never by itself. */
  readonly compaction?: { readonly everyMs?: number; readonly keepMs?: number; readonly keepBytes?: number } | null | undefined;
}

export interface SyncServer {
  /** `http://host:port`. */
  readonly url: string;
  /** `ws://host:port/sync`. */
  readonly wsUrl: string;
  readonly port: number;
  /** The same functions as the admin API's, in this process. */
  readonly admin: Admin;
  /** For tests and embedders: what the server counts. */
  readonly metrics: Metrics;
  /** Bytes that wait in each socket for its peer to read them. */
  buffered(): number[];
  /** Takes no more connections, answers what it has received, closes the sockets with 1001 and the port. At most `graceMs` (default 5,000). */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** permessage-deflate costs more than it saves on small frames. */
const COMPRESS_FROM = 8_192;
const MAINTAIN_MS = 60_000;
const FLUSH_MS = 10_000;
const GIB = 1_073_741_824;

/** Starts a sync server. Fails with `WEAK_SECRET`, `PORT_IN_USE` or `BAD_HOST`. */
export async function startSyncServer(options: SyncServerOptions): Promise<SyncServer> {
  const clock = options.clock ?? systemClock;
  const log = options.logger ?? pino({ level: options.logLevel ?? 'silent' }, destination(2));
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { store } = options;
  const hash = await loadHash();
  const metrics = new Metrics({ processMetrics: options.processMetrics ?? false });
  const hotspots = new Hotspots(store);
  const connections = new Connections();
  const feeds = new Feeds({
    store,
    clock,
    onTrouble: (what, thrown) => log.warn({ what, code: codeOf(thrown), message: messageOf(thrown) }, 'the database could not be asked'),
    onRenamed: (contextId, heads) => {
      metrics.events.inc({ event: 'log-renamed' });
      log.warn({ contextId, ...heads }, 'a version above the head was seen: the log was restored and has a new logId');
    },
  });
  const snapshots = new Snapshots({
    store,
    clock,
    metrics,
    dir: options.snapshotDir ?? join(tmpdir(), `contextscope-snapshots-${randomUUID()}`),
    budgetBytes: options.snapshotBudget ?? 4 * GIB,
    slack: options.snapshotSlack,
  });
  const services: Services = {
    store,
    verify: createVerifier(options.auth, () => clock.now()),
    clock,
    hash,
    feeds,
    snapshots,
    connections,
    metrics,
    hotspots,
    log,
    limits,
    writers: new Writers(clock, limits.mutationsPerSecondPerContext),
  };
  const admin = await createAdmin(store, { now: () => clock.now(), hash, push: (actor, contextId, touched, decide) => pushWith(services, null, actor, contextId, touched, decide) });
  const policy = { origins: options.origins ?? [], hosts: options.hosts ?? [] };
  const host = options.host ?? '127.0.0.1';
  let isDraining = false;

  const http = createServer(
    { requestTimeout: 0, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
    createRouter({ services, admin, policy, openMetrics: options.openMetrics ?? isLoopbackHost(host), isDraining: () => isDraining }),
  );
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_RECEIVED_BYTES,
    perMessageDeflate: { threshold: COMPRESS_FROM, zlibDeflateOptions: { level: 1 }, serverNoContextTakeover: true, clientNoContextTakeover: true, concurrencyLimit: 4 },
  });
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refusal = isDraining ? 503 : refusalOf(request, connections.size >= limits.connections);
    if (refusal !== null) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      connections.add(new Connection(services, webSocket, { compress: paysToCompress(request.socket.remoteAddress, request.headers) }), limits.silentConnections);
      metrics.connections.set(connections.size);
    });
  });
  const refusalOf = (request: IncomingMessage, isFull: boolean): number | null => {
    if (URL.parse(request.url ?? '', 'http://localhost')?.pathname !== '/sync') return 404;
    if (!isHostAllowed(policy, request.headers.host)) return 421;
    if (!isOriginAllowed(policy, request.headers.origin)) return 403;
    return isFull ? 503 : null;
  };

  const stopNews = store.listen((news) => {
    connections.hear(news);
    if (news.type === 'head') feeds.find(news.contextId)?.sawHead(news.head);
    if (news.type === 'resumed') void feeds.sweep();
  });
  const readAccess = store.accessReader();
  // What changed before is in the first WELCOME; what changes from here on is told.
  await readAccess();
  const timers = startTimers(services, readAccess, options.compaction === null ? null : { everyMs: 3_600_000, ...options.compaction }, admin);
  await listen(http, options.port, host);
  const { port } = http.address() as AddressInfo;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ port, store: store.kind }, 'listening');

  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}/sync`,
    port,
    admin,
    metrics,
    buffered: () => [...connections].map((connection) => connection.buffered),
    close: async ({ graceMs = 5_000 } = {}) => {
      if (isDraining) return;
      isDraining = true;
      log.info({ connections: connections.size }, 'draining');
      const stopped = new Promise<void>((resolve) => http.close(() => resolve()));
      await Promise.race([Promise.all([...connections].map((connection) => connection.idle())), after(clock, graceMs)]);
      for (const connection of connections) connection.close(1001, 'the server goes down');
      http.closeIdleConnections();
      const cut = clock.after(graceMs, () => {
        for (const connection of connections) connection.terminate();
        http.closeAllConnections();
      });
      await stopped;
      cut();
      for (const undo of timers) undo();
      stopNews();
      await feeds.close();
      await hotspots.flush(clock.now()).catch(() => undefined);
      if (options.snapshotDir === undefined) await rm(snapshots.dir.path, { recursive: true, force: true });
    },
  };
}

function startTimers(services: Services, readAccess: () => Promise<UserId[]>, compaction: { everyMs: number; keepMs?: number; keepBytes?: number } | null, admin: Admin): Undo[] {
  const { clock, connections, store, hotspots, limits, log } = services;
  const trouble = (what: string) => (thrown: unknown) => log.warn({ what, code: codeOf(thrown), message: messageOf(thrown) }, 'housekeeping failed');
  const timers = [
    every(clock, limits.heartbeatMs, async () => {
      for (const connection of connections) connection.beat();
    }),
    every(clock, FLUSH_MS, () => hotspots.flush(clock.now()).catch(trouble('activity'))),
    every(clock, MAINTAIN_MS, () => store.maintain(clock.now()).catch(trouble('maintain'))),
    // Changes of access that no notification told of.
    every(clock, 1_000, async () => {
      try {
        for (const userId of await readAccess()) connections.hear({ type: 'access', userId });
      } catch (thrown) {
        trouble('access')(thrown);
      }
    }),
  ];
  if (compaction === null) return timers;
  const { everyMs, ...keep } = compaction;
  timers.push(
    every(clock, everyMs, async () => {
      try {
        for (const { contextId } of await store.heads()) services.feeds.find(contextId)?.saw((await admin.compact(contextId, keep)).record);
      } catch (thrown) {
        trouble('compaction')(thrown);
      }
    }),
  );
  return timers;
}

/** The next round starts `ms` after the last one has ended. */
function every(clock: Clock, ms: number, task: () => Promise<void>): Undo {
  let stopped = false;
  let cancel: Undo = () => undefined;
  const schedule = (): void => {
    cancel = clock.after(ms, () => void task().then(() => (stopped ? undefined : schedule())));
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}

const after = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

const isLoopbackHost = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function listen(http: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (cause) => reject(listenError(cause, port, host)));
    http.listen(port, host, () => resolve());
  });
}

function listenError(cause: Error, port: number, host: string): Error {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return new AppError('PORT_IN_USE', `Port ${port} is in use`, { hint: 'Choose another with --port.', cause });
    case 'EACCES':
      return new AppError('BAD_HOST', `This user may not listen on port ${port}`, { hint: 'Choose one from 1024 on with --port.', cause });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('BAD_HOST', `${host} is no address of this machine`, { hint: 'Choose another with --host.', cause });
    default:
      return cause;
  }
}
