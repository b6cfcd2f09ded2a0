import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { LogStore } from '../log-store.ts';
import { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { createSqlStore } from './sql-store.ts';

export type PgliteOptions = ({ readonly dataDir: string } | { readonly memory: true }) & {
  /** Where a migrated empty database is kept for a fast start; null: nowhere. Default: a cache beside the installed packages. */
  readonly templateDir?: string | null | undefined;
};

/** Its WAL would grow to a gigabyte between checkpoints. */
const CONFIG = ['max_wal_size = 64MB', 'min_wal_size = 32MB'];

/** For the user to read at every start. */
export const PGLITE_WARNING =
  'The embedded database (PGlite) never syncs to disk: it survives the end of this process, but a power cut may cost data. Use --database-url for data that must not be lost.';

/** A migrated PGlite behind a pool of one, whose session has no right of its own any more. */
export interface Embedded {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** The embedded PostgreSQL. One process per directory: a second one fails with `DIRECTORY_IN_USE`. */
export async function openPgliteStore(options: PgliteOptions): Promise<LogStore> {
  return await storeOn(await startPglite(options));
}

export async function storeOn(embedded: Embedded): Promise<LogStore> {
  const db = new Database(embedded.pool, { pipelined: false });
  return await createSqlStore({
    kind: 'pglite',
    db,
    now: () => Date.now(),
    upkeep: async () => {
      await db.plain('SET ROLE pg_checkpoint');
      try {
        await db.plain('CHECKPOINT');
      } finally {
        await db.plain('RESET ROLE');
      }
    },
    close: () => embedded.close(),
  });
}

export async function startPglite(options: PgliteOptions): Promise<Embedded> {
  const dataDir = 'dataDir' in options ? options.dataDir : undefined;
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const unlock = dataDir === undefined ? () => undefined : lockDirectory(dataDir);
  try {
    const isNew = dataDir === undefined || !existsSync(join(dataDir, 'PG_VERSION'));
    const template = options.templateDir === null ? null : templatePath(options.templateDir ?? defaultTemplateDir());
    const loaded = isNew && template !== null ? readTemplate(template) : null;
    const pglite = await PGlite.create({ postgresqlconf: CONFIG, ...(dataDir === undefined ? {} : { dataDir }), ...(loaded === null ? {} : { loadDataDir: loaded }) });
    const pool = new pg.Pool(Object.assign(createPgConfig(pglite), { max: 1, idleTimeoutMillis: 0 }));
    const session = await pool.connect();
    try {
      await migrate(session, randomUUID());
      if (isNew && template !== null && loaded === null) writeTemplate(template, await pglite.dumpDataDir('none'));
      // A template's id would be shared by every database made from it.
      if (isNew) await session.query(`UPDATE sync.settings SET value = $1 WHERE key = 'server_id'`, [randomUUID()]);
      await session.query('GRANT pg_checkpoint TO contextscope_server');
      // From here on a statement that forgot its role has no right on anything.
      await session.query('SET SESSION AUTHORIZATION contextscope_server');
    } finally {
      session.release();
    }
    return {
      pool,
      close: async () => {
        await pool.end();
        await pglite.close();
        unlock();
      },
    };
  } catch (thrown) {
    unlock();
    throw thrown;
  }
}

function templatePath(directory: string): string | null {
  const { version } = JSON.parse(readFileSync(join(installedModules(), '@electric-sql', 'pglite', 'package.json'), 'utf8')) as { version: string };
  const hash = createHash('sha256').update(JSON.stringify([version, CONFIG, MIGRATIONS])).digest('hex').slice(0, 16);
  return join(directory, `pglite-${hash}.tar`);
}

const defaultTemplateDir = (): string => join(installedModules(), '.cache', 'contextscope');

/** The `node_modules` that holds the installed PGlite. */
function installedModules(): string {
  const installed = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return installed.slice(0, installed.lastIndexOf('node_modules') + 'node_modules'.length);
}

function readTemplate(path: string): Blob | null {
  try {
    return new Blob([readFileSync(path)]);
  } catch {
    return null;
  }
}

/** A cache only: where it cannot be written, the next start is slow again. */
function writeTemplate(path: string, dump: Blob): void {
  void (async () => {
    const half = `${path}.${process.pid}.${randomUUID().slice(0, 8)}`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(half, Buffer.from(await dump.arrayBuffer()));
      renameSync(half, path);
    } catch {
      rmSync(half, { force: true });
    }
  })();
}
