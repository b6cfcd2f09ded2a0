import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, globSync, rmSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

// A PostgreSQL of a test's own, from the machine's binaries: a fresh cluster in a folder of its own, on loopback only.

const USER = 'postgres';

/** The folder with `initdb` and `postgres`: `POSTGRES_BIN`, else the newest that the machine has, else null. */
export function findPostgres(): string | null {
  const told = process.env['POSTGRES_BIN'];
  if (told !== undefined && told !== '') return hasBinaries(told) ? told : null;
  const version = (folder: string): number => Number(/(\d+)[^/]*\/bin$/.exec(folder)?.[1] ?? 0);
  const folders = globSync(['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql*/bin', '/usr/pgsql-*/bin']);
  folders.sort((a, b) => version(b) - version(a));
  return [...folders, ...(process.env['PATH'] ?? '').split(delimiter)].find(hasBinaries) ?? null;
}

const hasBinaries = (folder: string): boolean => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'));

export interface Postgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The superuser, whom a loopback connection need not give a password for. */
  readonly user: typeof USER;
  readonly database: 'postgres';
  readonly url: string;
  /** The data directory. */
  readonly folder: string;
  /** As a power cut of the process would: no checkpoint, no goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after `kill` or `pause`. */
  start(): Promise<void>;
  /** Ends it in order and keeps its data. */
  pause(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Syncs to disk as in production. Tests go without: a killed process loses nothing that the kernel holds. */
  readonly durable?: boolean;
  /** More settings, for example `{ max_connections: '200' }`. */
  readonly settings?: { readonly [name: string]: string };
}

export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const bin = findPostgres();
  if (bin === null) throw new Error('No PostgreSQL was found; `npm test` installs one, or set POSTGRES_BIN');
  const owner = unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'contextscope-postgres-'));
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  const run = { ...owner, cwd: folder };
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'], {
    ...run,
    stdio: 'pipe',
  });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: options.durable === true ? 'on' : 'off',
    shared_buffers: '64MB',
    ...options.settings,
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let server: Running | null = null;

  const start = async (): Promise<void> => {
    if (server !== null) throw new Error('PostgreSQL runs already');
    server = await boot(join(bin, 'postgres'), args, data, run);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = server;
    server = null;
    running?.process.kill(signal);
    await running?.ended;
  };
  // Whoever forgets `stop` still leaves no server behind.
  const last = (): void => {
    server?.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', last);
  try {
    await start();
  } catch (error) {
    process.off('exit', last);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    database: 'postgres',
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    folder: data,
    kill: () => end('SIGKILL'),
    start,
    pause: () => end('SIGINT'),
    async stop() {
      await end('SIGINT');
      process.off('exit', last);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

/** Ready when the server says so in its own pid file: a connection would be refused, or time out, in the meantime. */
async function boot(program: string, args: readonly string[], data: string, run: { cwd: string; uid?: number; gid?: number }): Promise<Running> {
  // A killed server leaves its pid file; the new one writes its own, and the old one's "ready" must not be read.
  await rm(join(data, 'postmaster.pid'), { force: true });
  const child = spawn(program, args, { ...run, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-8_000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code} while starting:\n${log}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([ready(data), failed]);
  return { process: child, ended };
}

async function ready(data: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    // Line 8 is the state of the server.
    if (lines[7]?.trim() === 'ready') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('PostgreSQL was not ready within 30 s');
}

/** PostgreSQL refuses to run as root: then the account of the system's package, else null. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync('id', [flag, USER], { encoding: 'utf8', stdio: 'pipe' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
