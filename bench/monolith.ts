import { DatabaseSync } from 'node:sqlite';
import type { Echo } from './support/server.ts';
import { patient, patientId } from './support/data.ts';

// The rival of `switch`: one database for all tenants with a `tenant_id`, as much in its favour as it goes. Its switch asks over an open
// socket for what waits for all tenants, puts it in with one prepared statement in one transaction, and reads the first page of the tenant
// that was chosen by an index. It keeps no digest, no outbox and no pending writes.

export interface Monolith {
  readonly about: string;
  switchTo(tenant: number): Promise<void>;
  close(): void;
}

export function openMonolith(path: string, echo: Echo, size: { readonly tenants: number; readonly rows: number; readonly waiting: number }): Monolith {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  db.exec('CREATE TABLE rows (tenant_id INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT, PRIMARY KEY (tenant_id, id)) WITHOUT ROWID');
  const put = db.prepare('INSERT OR REPLACE INTO rows (tenant_id, id, version, value) VALUES (?, ?, ?, ?)');
  const page = db.prepare('SELECT id, value FROM rows WHERE tenant_id = ? LIMIT 20');
  db.exec('BEGIN');
  for (let tenant = 0; tenant < size.tenants; tenant++) {
    // Two large tenants, between which it switches, and many small ones.
    const rows = tenant < 2 ? size.rows : size.rows / 100;
    for (let n = 1; n <= rows; n++) put.run(tenant, patientId(n), 1, JSON.stringify(patient(n)));
  }
  db.exec('COMMIT');
  return {
    about: `${size.tenants} tenants in one database, two of ${size.rows} rows; at each switch it takes the ${size.waiting} changes that wait for each`,
    switchTo: async (tenant) => {
      const changes = JSON.parse(await echo.ask(String(size.tenants * size.waiting))) as { id: string; version: number; value: unknown }[];
      db.exec('BEGIN');
      for (const [n, change] of changes.entries()) put.run(n % size.tenants, change.id, change.version, JSON.stringify(change.value));
      db.exec('COMMIT');
      page.all(tenant);
    },
    close: () => db.close(),
  };
}
