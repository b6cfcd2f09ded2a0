import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { AppError } from '../../../shared/base/app-error.ts';
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
  if (dataDir !== undefined) mkdirSync(dirname(dataDir), { recursive: true });
  const unlock = dataDir === undefined ? () => undefined : lockDirectory(dataDir);
  try {
    const isNew = dataDir === undefined || !existsSync(join(dataDir, 'PG_VERSION'));
    const template = options.templateDir === null ? null : templatePath(options.templateDir ?? defaultTemplateDir());
    const loaded = isNew && template !== null ? readTemplate(template) : null;
    const pglite = dataDir === undefined ? await create(undefined, loaded) : isNew ? await createAt(dataDir, loaded) : await open(dataDir);
    const pool = new pg.Pool(Object.assign(createPgConfig(pglite), { max: 1, idleTimeoutMillis: 0 }));
    const session = await pool.connect();
    try {
      await migrate(session, randomUUID());
      if (isNew && template !== null && loaded === null) await writeTemplate(template, await pglite.dumpDataDir('none'));
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

const open = (dataDir: string): Promise<PGlite> => PGlite.create({ dataDir, postgresqlconf: CONFIG });

/** A new database is made beside its place and moved there whole: whoever is killed meanwhile leaves nothing that looks like one. */
async function createAt(dataDir: string, template: Blob | null): Promise<PGlite> {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new AppError('NOT_A_DATABASE', 'The data directory is not empty and holds no database', { details: { dataDir }, hint: 'Name an empty or a new directory.' });
  }
  const part = `${dataDir.replace(/\/+$/, '')}.part`;
  rmSync(part, { recursive: true, force: true });
  const made = await create(part, template);
  await made.close();
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(part, dataDir);
  return await open(dataDir);
}

/** A template that cannot be loaded is left aside: the next one is made from what starts without it. */
async function create(dataDir: string | undefined, template: Blob | null): Promise<PGlite> {
  const options = { postgresqlconf: CONFIG, ...(dataDir === undefined ? {} : { dataDir }) };
  if (template !== null) {
    try {
      return await PGlite.create({ ...options, loadDataDir: template });
    } catch {
      if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
    }
  }
  return await PGlite.create(options);
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

/** A cache only: where it cannot be written, the next start is slow again. Those of other versions go. */
async function writeTemplate(path: string, dump: Blob): Promise<void> {
  const half = `${path}.${process.pid}.${randomUUID().slice(0, 8)}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(half, Buffer.from(await dump.arrayBuffer()));
    renameSync(half, path);
    for (const name of readdirSync(dirname(path))) {
      if (/^pglite-[0-9a-f]{16}\.tar$/.test(name) && name !== basename(path)) rmSync(join(dirname(path), name), { force: true });
    }
  } catch {
    rmSync(half, { force: true });
  }
}
