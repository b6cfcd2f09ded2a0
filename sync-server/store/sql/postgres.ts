import { createHmac, randomUUID } from 'node:crypto';
import pg from 'pg';
import { AppError, messageOf } from '../../../shared/base/app-error.ts';
import type { LogStore } from '../log-store.ts';
import { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { Notifications } from './notifications.ts';
import { createSqlStore } from './sql-store.ts';

export interface PostgresOptions {
  /**
   * `postgres://user@host/db`. A role that may neither bypass row-level security nor own the tables is used as it is. The URL of an
   * owner or superuser serves for the migrations alone: the server then connects as `contextscope_server`, with a password made from the owner's.
   */
  readonly url: string;
  /** The owner's URL where `url` is a plain role; migrations run with it. */
  readonly ownerUrl?: string | undefined;
  /** Connections at most; default 10. */
  readonly connections?: number | undefined;
  /** Called with a sentence when a connection is lost; default: nothing. */
  readonly onTrouble?: ((message: string) => void) | undefined;
}

/** PostgreSQL 15 or later. Fails with `DATABASE_UNREACHABLE`, `NOT_MIGRATED`, `DATABASE_AHEAD` or `UNSAFE_ROLE`. */
export async function openPostgresStore(options: PostgresOptions): Promise<LogStore> {
  const trouble = options.onTrouble ?? (() => undefined);
  const given: pg.ClientConfig = { connectionString: options.url, connectionTimeoutMillis: 5_000, application_name: 'contextscope' };
  let serving = given;
  const owner = options.ownerUrl === undefined ? given : { ...given, connectionString: options.ownerUrl };
  if (options.ownerUrl !== undefined || (await isPrivileged(given))) {
    await withClient(owner, (client) => migrate(client, randomUUID()));
  }
  if (options.ownerUrl === undefined && (await isPrivileged(given))) serving = await asServer(given);
  if (await isPrivileged(serving)) throw new AppError('UNSAFE_ROLE', 'The server must not connect as an owner or superuser: row-level security would not hold');

  const pool = new pg.Pool({
    ...serving,
    max: options.connections ?? 10,
    idleTimeoutMillis: 30_000,
    // Statements wait for locks, never for ever; a process that dies in a transaction gives its lock back.
    options: '-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000',
    // Several statements go out in one round trip.
    pipeline: true,
  });
  // An idle connection that breaks is replaced by the next one. One that is in use tells by its queries, and as an event as well.
  pool.on('error', () => trouble('A connection to PostgreSQL was lost'));
  pool.on('connect', (client) => client.on('error', () => trouble('A connection to PostgreSQL was lost in use')));
  const db = new Database(pool, { pipelined: true });
  const notifications = new Notifications(serving, (channel, payload) => db.plain('SELECT pg_notify($1, $2)', [channel, payload]), trouble);
  try {
    return await createSqlStore({
      kind: 'postgres',
      db,
      now: () => Date.now(),
      tell: (news) => notifications.tell(news),
      hear: (listener) => void notifications.hear(listener),
      close: async () => {
        await notifications.close();
        await db.close();
      },
    });
  } catch (thrown) {
    await db.close();
    throw thrown;
  }
}

async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  try {
    await client.connect();
  } catch (cause) {
    throw new AppError('DATABASE_UNREACHABLE', `PostgreSQL does not take the connection: ${reasonOf(cause)}`, { cause });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A name with several addresses fails with an error for each, and no words of its own. */
const reasonOf = (cause: unknown): string => (cause instanceof AggregateError ? cause.errors.map(messageOf).join(', ') : messageOf(cause));

/** True for whoever could see past the policies. A superuser, BYPASSRLS, the schema's owner, or who may create one. */
async function isPrivileged(config: pg.ClientConfig): Promise<boolean> {
  return await withClient(config, async (client) => {
    const { rows } = await client.query<{ privileged: boolean }>(
      `SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'sync' AND pg_has_role(r.oid, n.nspowner, 'MEMBER'))
         AS privileged FROM pg_roles r WHERE r.rolname = current_user`,
    );
    return rows[0]?.privileged === true;
  });
}

/** Lets the plain role log in, with a password that every process with the same URL arrives at. */
async function asServer(owner: pg.ClientConfig): Promise<pg.ClientConfig> {
  return await withClient(owner, async (client) => {
    const password = createHmac('sha256', client.password ?? '').update('contextscope_server').digest('hex');
    const { rows } = await client.query<{ rolcanlogin: boolean }>(`SELECT rolcanlogin FROM pg_roles WHERE rolname = 'contextscope_server'`);
    if (rows[0]?.rolcanlogin !== true) {
      await client.query(`ALTER ROLE contextscope_server LOGIN PASSWORD ${client.escapeLiteral(password)}`).catch((thrown: unknown) => {
        // Another database of the cluster is doing the same.
        if (!/concurrently updated/.test((thrown as Error).message)) throw thrown;
      });
    }
    return { ...owner, connectionString: undefined, host: client.host, port: client.port, ...(client.database === undefined ? {} : { database: client.database }), ssl: client.ssl, user: 'contextscope_server', password };
  });
}
