// The layout of a partition file: one context on one device, readable by any SQLite tool. A snapshot is the same file with `rows` and
// `meta` alone, in the same layout, so that a device adopts it as a new generation without copying a row.

/** Bumped with every change of a table; a test holds the hash of the DDL for each version. */
export const LAYOUT_VERSION = 1;

/** `application_id` of a partition file: "CTXP". */
export const PARTITION_APPLICATION_ID = 0x43545850;

/**
 * `value` is the canonical text that was hashed, NULL for a deleted row; `hash` the row's part of the digest as a signed 64-bit
 * integer, NULL for a deleted row and for one with a pending write (its confirmed state is then in `base`).
 */
const ROWS = `CREATE TABLE rows (
  entity TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT, timestamp REAL, device TEXT,
  stamps TEXT, schema INTEGER NOT NULL, hash INTEGER, PRIMARY KEY (entity, id)
) WITHOUT ROWID`;

/** BLOB affinity keeps a digest of digits a text. key: layout, contextId, logId, localVersion, seenVersion, digest, schemaVersion, nextSeq, and what later versions add. */
const META = `CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID`;

/** OB6: the confirmed state of exactly the rows with a pending write. */
const BASE = `CREATE TABLE base (
  entity TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT, timestamp REAL, device TEXT,
  stamps TEXT, schema INTEGER NOT NULL, hash INTEGER, PRIMARY KEY (entity, id)
) WITHOUT ROWID`;

/** `base` here is the state that the write was made upon, as JSON; `state`: pending, sent, parked, accepted. */
const OUTBOX = `CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY, mutation_id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, value TEXT,
  base_version INTEGER, timestamp REAL NOT NULL, stamps TEXT, schema INTEGER NOT NULL, resolves TEXT, state TEXT NOT NULL,
  answer_version INTEGER, base TEXT NOT NULL, written_at REAL NOT NULL
)`;

/** CF4. `base`, `mine`, `theirs`, `result` are row states as JSON; `state`: automatic, by-hand, open, rejected. */
const CONFLICTS = `CREATE TABLE conflicts (
  conflict_id TEXT PRIMARY KEY, at REAL NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, strategy TEXT NOT NULL,
  winner TEXT NOT NULL, base TEXT, mine TEXT, theirs TEXT, result TEXT, decided TEXT, mutation_ids TEXT NOT NULL, result_id TEXT,
  their_version INTEGER, their_device TEXT, code TEXT, message TEXT, settled_at REAL
) WITHOUT ROWID`;

/** Tables of a snapshot, in the order in which they are made. */
export const SNAPSHOT_TABLES: Readonly<Record<string, string>> = { meta: META, rows: ROWS };

/** Tables that a device adds. */
export const DEVICE_TABLES: Readonly<Record<string, string>> = { base: BASE, outbox: OUTBOX, conflicts: CONFLICTS };

export const COLUMNS_OF_ROWS = 'entity, id, version, value, timestamp, device, stamps, schema, hash';
