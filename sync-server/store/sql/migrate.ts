import { AppError, messageOf } from '../../../shared/base/app-error.ts';
import { first } from './migrations/0001-first.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In order; one that was released is never edited, only followed. */
export const MIGRATIONS: readonly Migration[] = [first];

/** What a migration runs on: one session of the owner. */
export interface MigrationSession {
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Roles are of the whole cluster: another database, or another process, may make the same ones at this moment. */
const ROLES = `
DO $$
DECLARE wanted text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contextscope_server') THEN
    CREATE ROLE contextscope_server NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  FOREACH wanted IN ARRAY ARRAY['contextscope_tenant', 'contextscope_feed', 'contextscope_maintenance'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT', wanted);
    END IF;
    -- Who did not make the roles may not be allowed to grant them; for another database of the cluster it was done already.
    IF NOT pg_has_role('contextscope_server', wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO contextscope_server', wanted);
    END IF;
  END LOOP;
END $$;
`;

/** Fixed key of the advisory lock that lets one process migrate at a time. */
const LOCK_KEY = 7_316_480_021;

/**
 * Brings the schema `sync` of a database up to date, as its owner; a no-op when it is. Each migration is one transaction.
 * Fails with `DATABASE_AHEAD` when the database was made by a later version of this program.
 */
export async function migrate(session: MigrationSession, serverId: string): Promise<void> {
  await session.query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
  try {
    await makeRoles(session);
    await session.query('CREATE TABLE IF NOT EXISTS public.contextscope_migrations (version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())');
    const { rows } = await session.query('SELECT coalesce(max(version), 0) AS version FROM public.contextscope_migrations');
    const current = Number(rows[0]?.['version']);
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (current > newest) {
      throw new AppError('DATABASE_AHEAD', `The database has schema ${current}, this program knows ${newest}`, { hint: 'Run the newer version of the server.' });
    }
    for (const migration of MIGRATIONS) {
      if (migration.version <= current) continue;
      await session.query('BEGIN');
      try {
        await session.query(migration.sql);
        await session.query('INSERT INTO public.contextscope_migrations (version, name) VALUES ($1, $2)', [migration.version, migration.name]);
        await session.query('COMMIT');
      } catch (thrown) {
        await session.query('ROLLBACK');
        throw thrown;
      }
    }
    await session.query(`INSERT INTO sync.settings (key, value) VALUES ('server_id', $1) ON CONFLICT (key) DO NOTHING`, [serverId]);
  } finally {
    await session.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`);
  }
}

async function makeRoles(session: MigrationSession): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.query(ROLES);
      return;
    } catch (thrown) {
      // Two databases of one cluster: "tuple concurrently updated", or the other one's role came first.
      if (attempt === 5 || !/concurrently updated|already exists|duplicate key/.test(messageOf(thrown))) throw thrown;
    }
  }
}
