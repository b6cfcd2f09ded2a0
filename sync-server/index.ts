// The front door of the sync server.

export { startSyncServer, type SyncServer, type SyncServerOptions } from './server.ts';
export { drainOnSignal } from './drain.ts';
export { createAdmin, type Admin, type BackOfficeChange, type CompactOptions } from './admin.ts';
export { issueToken, type AuthOptions } from './access/tokens.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { openMemoryStore } from './store/memory-store.ts';
export { PGLITE_WARNING, openPgliteStore, type PgliteOptions } from './store/sql/pglite.ts';
export { openPostgresStore, type PostgresOptions } from './store/sql/postgres.ts';
export type { ContextRecord, ImportRow, LogStore, Member } from './store/log-store.ts';
export type { Hotspot } from './telemetry/hotspots.ts';
