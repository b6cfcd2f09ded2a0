import { Emitter } from '../../../shared/base/emitter.ts';
import { serverId, version, type LogId } from '../../../shared/core/ids.ts';
import { AppError, codeOf } from '../../../shared/base/app-error.ts';
import type { LogStore, StoreNews } from '../log-store.ts';
import { accessReader, claimDevice, readAccess, readMembers, revokeMember, setMember } from './access.ts';
import { compactContext, importRows, insertContext, readContext, readHeads, renameAllLogs, renameLog, updateContext } from './contexts.ts';
import type { Database } from './database.ts';
import { readActivation, readChanges, readRows } from './log.ts';
import { pushInto } from './push.ts';
import { addActivity, dropSnapshot, forgetOld, keepSnapshot, readActivity, readAudit, readSnapshots, writeAudit } from './upkeep.ts';

/** What PGlite and PostgreSQL do differently. */
export interface SqlShell {
  readonly kind: 'pglite' | 'postgres';
  readonly db: Database;
  now(): number;
  /** Hands news to other processes; absent where there can be none. */
  tell?(news: StoreNews): void;
  /** Calls back with what other processes told. */
  hear?(listener: (news: StoreNews) => void): void;
  upkeep?(): Promise<void>;
  close(): Promise<void>;
}

const newLogId = (): LogId => crypto.randomUUID() as string as LogId;

/** The log store over any PostgreSQL: one code path, whatever stands behind the pool. */
export async function createSqlStore(shell: SqlShell): Promise<LogStore> {
  const { db } = shell;
  const id = await readServerId(db);
  const news = new Emitter<StoreNews>();
  shell.hear?.((one) => news.emit(one));
  return {
    kind: shell.kind,
    serverId: serverId(id),
    createContext: (spec) => insertContext(db, spec, newLogId()),
    context: (contextId) => readContext(db, contextId),
    updateContext: (contextId, change) => updateContext(db, contextId, change),
    importRows: (contextId, batches, finish) => importRows(db, contextId, version(1), batches, finish),
    renameLog: (contextId, from, to) => renameLog(db, contextId, from, to),
    renameAllLogs: () => renameAllLogs(db),
    heads: (ids) => readHeads(db, ids),
    access: (userId, since) => readAccess(db, userId, since),
    members: (contextId) => readMembers(db, contextId),
    setMember: (member) => setMember(db, member, shell.now()),
    revoke: (userId, contextId, at, acceptUntil) => revokeMember(db, userId, contextId, at, acceptUntil),
    claimDevice: (deviceId, userId, at) => claimDevice(db, deviceId, userId, at),
    activation: (userId, contextId, since) => readActivation(db, userId, contextId, since),
    push: (contextId, userId, touched, work) => pushInto(db, contextId, userId, touched, work),
    changes: (contextId, range) => readChanges(db, contextId, range),
    rows: (contextId, after, limit, maxBytes) => readRows(db, contextId, after, limit, maxBytes),
    compact: (contextId, bounds, decide) => compactContext(db, contextId, bounds, decide),
    snapshots: (contextId, home) => readSnapshots(db, contextId, home),
    keepSnapshot: (home, snapshot) => keepSnapshot(db, home, snapshot),
    dropSnapshot: (home, snapshot) => dropSnapshot(db, home, snapshot),
    listen: (listener) => news.listen(listener),
    publish: (one) => {
      news.emit(one);
      shell.tell?.(one);
    },
    accessReader: () => accessReader(db),
    audit: (entry) => writeAudit(db, entry),
    auditLog: (limit) => readAudit(db, limit),
    addActivity: (at, activity) => addActivity(db, at, activity),
    activity: (since) => readActivity(db, since),
    maintain: async (now) => {
      await forgetOld(db, now);
      await shell.upkeep?.();
    },
    ping: async () => void (await db.read({ role: 'feed' }, { name: 'ping', text: 'SELECT 1', values: [] })),
    close: async () => {
      news.clear();
      await shell.close();
    },
  };
}

/** Undefined schema, table, role, or no right on them: nobody has migrated this database for this role. */
const NOT_THERE = ['3F000', '42P01', '42501', '42704', '22023'];

async function readServerId(db: Database): Promise<string> {
  try {
    const [settings] = await db.read({ role: 'feed' }, { name: 'server_id', text: `SELECT value FROM sync.settings WHERE key = 'server_id'`, values: [] });
    const id = settings?.[0]?.['value'];
    if (typeof id === 'string') return id;
  } catch (thrown) {
    if (!NOT_THERE.includes(codeOf(thrown))) throw thrown;
  }
  throw new AppError('NOT_MIGRATED', 'The database has no schema of this server, or the role may not use it', { hint: 'Start once with the URL of the database’s owner.' });
}
