import type { Client, Pool, PoolClient, QueryResult } from 'pg';
import { AppError, codeOf, messageOf } from '../../../shared/base/app-error.ts';

// The only way to the database: every transaction takes a role and the context or user that it may see, and nothing runs outside one.

/** A prepared statement; `name` is unique per text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

export type Row = { readonly [column: string]: unknown };

export interface Scope {
  readonly role: 'tenant' | 'feed' | 'maintenance';
  /** `app.active_context`. */
  readonly context?: string | undefined;
  /** `app.user_id`. */
  readonly user?: string | undefined;
}

export interface Transaction {
  /** Runs the statements in order, on PostgreSQL in one round trip. */
  run(...statements: Statement[]): Promise<Row[][]>;
  /** The same, and commits behind them. The transaction is over. */
  commit(...statements: Statement[]): Promise<Row[][]>;
  /** The rest of the transaction has another role. */
  become(scope: Scope): Statement;
}

export const enter = (scope: Scope): Statement => ({
  name: 'enter',
  // The third argument makes it SET LOCAL: a connection that goes back to the pool has no role and no context.
  text: `SELECT set_config('role', $1, true), set_config('app.active_context', $2, true), set_config('app.user_id', $3, true)`,
  values: [`contextscope_${scope.role}`, scope.context ?? '', scope.user ?? ''],
});

/** An INTERNAL error that a client may try again: the database is away, or two transactions stood in each other's way. */
const retryable = (cause: unknown): AppError =>
  new AppError('INTERNAL', 'The database does not answer; try again', { details: { retryable: true, database: codeOf(cause) }, cause });

const RETRYABLE = /^(08|57P0|53|40|55P03)|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)/;

/** What a failed statement means to a caller. */
export function databaseError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  if (RETRYABLE.test(code) || /Connection terminated|connection error|timeout exceeded when trying to connect|Client was closed|Cannot use a pool/i.test(messageOf(thrown))) {
    return retryable(thrown);
  }
  return thrown;
}

export class Database {
  readonly #pool: Pool;
  readonly #pipelined: boolean;

  constructor(pool: Pool, options: { pipelined: boolean }) {
    this.#pool = pool;
    this.#pipelined = options.pipelined;
  }

  /** One read-only transaction of these statements alone. */
  async read(scope: Scope, ...statements: Statement[]): Promise<Row[][]> {
    return await this.#with(async (client) => {
      const results = await this.#send(client, [BEGIN_READ, enter(scope), ...statements, COMMIT]);
      return results.slice(2, -1);
    });
  }

  /** One transaction of these statements alone. */
  async write(scope: Scope, ...statements: Statement[]): Promise<Row[][]> {
    return await this.#with(async (client) => {
      const results = await this.#send(client, [BEGIN, enter(scope), ...statements, COMMIT]);
      return results.slice(2, -1);
    });
  }

  /** A transaction with decisions in it; `first` runs along with its start. Rolled back unless `work` commits. */
  async transaction<T>(scope: Scope, first: Statement[], work: (tx: Transaction, results: Row[][]) => Promise<T>): Promise<T> {
    return await this.#with(async (client) => {
      const started = await this.#send(client, [BEGIN, enter(scope), ...first]);
      let open = true;
      const tx: Transaction = {
        run: (...statements) => this.#send(client, statements),
        commit: async (...statements) => {
          const results = await this.#send(client, [...statements, COMMIT]);
          open = false;
          return results.slice(0, -1);
        },
        become: enter,
      };
      const value = await work(tx, started.slice(2));
      if (open) await this.#send(client, [ROLLBACK]);
      return value;
    });
  }

  /** Statements outside any transaction: NOTIFY and CHECKPOINT. */
  async plain(text: string, values: unknown[] = []): Promise<void> {
    await this.#with(async (client) => void (await client.query(text, values)));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #with<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (thrown) {
      throw databaseError(thrown);
    }
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (thrown) {
      try {
        await client.query('ROLLBACK');
      } catch (second) {
        broken = second instanceof Error ? second : new Error(messageOf(second));
      }
      throw databaseError(thrown);
    } finally {
      client.release(broken);
    }
  }

  async #send(client: Client | PoolClient, statements: readonly Statement[]): Promise<Row[][]> {
    if (this.#pipelined) {
      // A failure aborts the transaction, so whatever was sent behind it does nothing.
      const results = await settled(together(client, () => statements.map((statement) => client.query(asQuery(statement)))));
      return results.map((result) => result.rows as Row[]);
    }
    const rows: Row[][] = [];
    for (const statement of statements) rows.push((await client.query(asQuery(statement))).rows as Row[]);
    return rows;
  }
}

/** pg writes to the socket once per statement; held back until the last one, it writes once. */
function together<T>(client: Client | PoolClient, send: () => T): T {
  // What a pool gives out is such a client, though its type does not say so.
  if (!('connection' in client)) return send();
  const { stream } = client.connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

const BEGIN: Statement = { name: '', text: 'BEGIN', values: [] };
const BEGIN_READ: Statement = { name: '', text: 'BEGIN READ ONLY', values: [] };
const COMMIT: Statement = { name: '', text: 'COMMIT', values: [] };
const ROLLBACK: Statement = { name: '', text: 'ROLLBACK', values: [] };

const asQuery = (statement: Statement): { name?: string; text: string; values?: unknown[] } =>
  statement.name === '' ? { text: statement.text } : { name: statement.name, text: statement.text, values: [...statement.values] };

/** All results, or the first failure in order, once every one has ended: the connection is then quiet. */
async function settled(queries: Promise<QueryResult>[]): Promise<QueryResult[]> {
  const results = await Promise.allSettled(queries);
  return results.map((result) => {
    // oxlint-disable-next-line typescript/only-throw-error -- rethrown as it came
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
