import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataDir, startHub, type Hub } from '../inspector-server/index.ts';
import { openPgliteStore, PGLITE_WARNING, startSyncServer, type SyncServer } from '../sync-server/index.ts';
import { CLINICS, DEVICES } from './clinics.ts';
import { Fleet } from './devices.ts';
import { openLink } from './open-link.ts';
import { seed } from './seed.ts';
import { ensurePage } from './web-page.ts';

export interface DemoOptions {
  /** Of the hub and the inspector; 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Kept between runs. */
  readonly dataDir: string;
  /** Whether the browser is opened. */
  readonly open: boolean;
}

/** A running demo, for tests that look at it from outside. */
export interface Demo {
  readonly hub: Hub;
  readonly server: SyncServer;
  readonly fleet: Fleet;
  readonly link: string;
  stop(): Promise<void>;
}

/** Starts everything: sync server on the embedded database, seeded clinics, three devices at work, the hub with the inspector. */
export async function startDemo(options: DemoOptions, log: (line: string) => void): Promise<Demo> {
  const { dataDir } = options;
  claimDataDir(dataDir);
  const page = ensurePage();
  // A failure of the build is told where it is awaited; until then it must not end the process.
  page.catch(() => undefined);
  const first = !existsSync(join(dataDir, 'sync'));
  log(first ? 'First start: making the database and twelve clinics …' : 'Starting …');
  // Both on ports of their own before anything is seeded: a port that is taken is told at once.
  const hub = await startHub({ dataDir, port: options.port, host: options.host, log });
  const undo: (() => Promise<void>)[] = [() => hub.close()];
  try {
    const secret = secretOf(dataDir);
    const store = await openPgliteStore({ dataDir: join(dataDir, 'sync') });
    undo.unshift(() => store.close());
    const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: secret }, snapshotDir: join(dataDir, 'snapshots') });
    undo.unshift(() => server.close());
    const existing = new Map((await store.heads()).map((context) => [context.contextId as string, context.head as number]));
    const bar = progressBar(log);
    await seed(server.admin, existing, bar);
    await page;
    const fleet = new Fleet({ dataDir, server: server.wsUrl, hub: hub.agentUrl.replace(/\/agent$/, ''), secret, log });
    undo.unshift(() => fleet.stop());
    await fleet.start();
    return { hub, server, fleet, link: hub.newLink(), stop: () => stopAll(undo) };
  } catch (thrown) {
    await stopAll(undo);
    throw thrown;
  }
}

async function stopAll(undo: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of undo) await close();
}

/** `npm start`: runs until Ctrl-C. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const log = (line: string): void => console.log(line);
  const started = performance.now();
  const stopped = untilSignal();
  const demo = await startDemo(options, log);
  log(`Ready in ${((performance.now() - started) / 1_000).toFixed(1)} s: ${CLINICS.length} clinics, ${DEVICES.length} devices at work.`);
  log('');
  log(`  Inspector    ${demo.link}`);
  log(`  Sync server  ${demo.server.url}`);
  log(`  Data         ${options.dataDir} (delete it to start anew)`);
  log('');
  log(PGLITE_WARNING);
  log('Ctrl-C stops all of it.');
  if (options.open) await openLink(demo.link);
  await stopped;
  log('Stopping …');
  await demo.stop();
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** The secret that tokens are signed with: made at the first start, for its owner only, and where `contextscope token` looks for it. */
function secretOf(dataDir: string): Uint8Array {
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
}

function progressBar(log: (line: string) => void): (done: { rows: number; total: number; what: string }) => void {
  const live = process.stdout.isTTY;
  return ({ rows, total, what }) => {
    if (total === 0) return;
    const share = rows / total;
    const text = `${'█'.repeat(Math.round(share * 24)).padEnd(24, '░')} ${Math.round(share * 100)} %  ${rows.toLocaleString('en')} of about ${total.toLocaleString('en')} rows  ${what}`;
    if (live) process.stdout.write(`\r\u001b[K${text}${rows >= total ? '\n' : ''}`);
    else if (rows >= total) log(text);
  };
}
