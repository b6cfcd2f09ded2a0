import { countOf, inTransaction, type SqliteHandle } from './handle.ts';

/** Bumped with every change of a table or an index; a test holds the hash of the DDL for each version. It is the file's `user_version`. */
export const FORMAT_VERSION = 1;

/** `application_id` of a recording: "CTXS". */
export const RECORDING_APPLICATION_ID = 0x43545853;

/** The extension of a recording's file. */
export const RECORDING_EXTENSION = '.ctxscope';

/** key: createdAt, producer, coreVersion, behaviourHash, redaction, keyFingerprint, notes, and what a writer keeps for itself under a name with a dot. */
const META = `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`;

/** One row per run of a client. `capabilities` is a JSON array. */
const CLIENTS = `CREATE TABLE clients (
  clientId TEXT NOT NULL, runId TEXT NOT NULL, deviceId TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, app TEXT NOT NULL,
  platform TEXT NOT NULL, locale TEXT, runtimeVersion TEXT NOT NULL, userId TEXT, startedAt REAL NOT NULL, capabilities TEXT NOT NULL,
  valuePolicy TEXT NOT NULL, clockOffsetMs REAL, PRIMARY KEY (clientId, runId)
) STRICT`;

/** `data`: entities, strategies, text and enum fields, as JSON. */
const SCHEMAS = `CREATE TABLE schemas (schemaVersion INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT`;

/** `place` counts in the order of arrival; `at` is in ms since 1970 by the client's clock; `mutationIds` and `data` are JSON. */
const EVENTS = `CREATE TABLE events (
  place INTEGER PRIMARY KEY, runId TEXT NOT NULL, seq INTEGER NOT NULL, clientId TEXT NOT NULL, at REAL NOT NULL, contextId TEXT,
  activationId TEXT, kind TEXT NOT NULL, entity TEXT, entityId TEXT, fromVersion INTEGER, toVersion INTEGER, mutationIds TEXT, bytes REAL,
  durationMs REAL, data TEXT NOT NULL, UNIQUE (runId, seq)
) STRICT`;

/** May be missing: keeping it costs a recording that grows a quarter of its speed. */
const EVENTS_CONTEXT = `CREATE INDEX events_context ON events (contextId)`;

/** One input to the core with everything that it read (JSON), and the hash of what came out. `bulk`: RP1, JSON, in place of the values. */
const STEPS = `CREATE TABLE steps (
  runId TEXT NOT NULL, step INTEGER NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, contextId TEXT, kind TEXT NOT NULL,
  input TEXT NOT NULL, outputHash TEXT NOT NULL, bulk TEXT, PRIMARY KEY (runId, step)
) STRICT, WITHOUT ROWID`;

/** The last known registry row of a context: JSON of {row, status}, as `Registry.list` gives it. */
const CONTEXTS = `CREATE TABLE contexts (clientId TEXT NOT NULL, contextId TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (clientId, contextId)) STRICT, WITHOUT ROWID`;

/** `row` is the row's state as JSON before a segment first touched it; null: there was none. */
const PREIMAGES = `CREATE TABLE preimages (
  runId TEXT NOT NULL, step INTEGER NOT NULL, contextId TEXT NOT NULL, entity TEXT NOT NULL, entityId TEXT NOT NULL, row TEXT,
  PRIMARY KEY (runId, step, contextId, entity, entityId)
) STRICT, WITHOUT ROWID`;

/** The core's state as JSON before a step: at the start of each segment, and behind each bulk step. */
const CHECKPOINTS = `CREATE TABLE checkpoints (runId TEXT NOT NULL, step INTEGER NOT NULL, contextId TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (runId, step, contextId)) STRICT, WITHOUT ROWID`;

/** Both ends of a range are in it. */
const GAPS = `CREATE TABLE gaps (runId TEXT NOT NULL, fromSeq INTEGER NOT NULL, toSeq INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (runId, fromSeq)) STRICT, WITHOUT ROWID`;

const SNAPSHOTS = `CREATE TABLE snapshots (contextId TEXT NOT NULL, version INTEGER NOT NULL, chunk INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (contextId, version, chunk)) STRICT`;

/** What was removed, so that nobody takes what is left for the truth. */
const REDACTIONS = `CREATE TABLE redactions (path TEXT NOT NULL, rule TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (path, rule)) STRICT, WITHOUT ROWID`;

/** Everything that a recording's schema holds, by name, in the order in which it is made. There is nothing else in it: no trigger, no view. */
export const RECORDING_SCHEMA: Readonly<Record<string, string>> = {
  meta: META,
  clients: CLIENTS,
  schemas: SCHEMAS,
  events: EVENTS,
  events_context: EVENTS_CONTEXT,
  steps: STEPS,
  contexts: CONTEXTS,
  preimages: PREIMAGES,
  checkpoints: CHECKPOINTS,
  gaps: GAPS,
  snapshots: SNAPSHOTS,
  redactions: REDACTIONS,
};

/** What a recording may lack. */
export const OPTIONAL_SCHEMA: ReadonlySet<string> = new Set(['events_context']);

export interface RecordingLayout {
  /** Whether events are indexed by context. */
  readonly byContext?: boolean;
  /** A power of two from 512 to 65,536. Each table takes a page at least. */
  readonly pageBytes?: number;
}

/** Makes an empty recording in an empty database. What is erased later leaves no bytes behind (PR5). */
export function createRecording(db: SqliteHandle, meta: Readonly<Record<string, string>> = {}, { byContext = true, pageBytes = 4_096 }: RecordingLayout = {}): void {
  db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON;`);
  inTransaction(db, () => {
    for (const [name, sql] of Object.entries(RECORDING_SCHEMA)) if (byContext || !OPTIONAL_SCHEMA.has(name)) db.exec(sql);
    const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
    for (const [key, value] of Object.entries(meta)) put.run(key, value);
    db.exec(`PRAGMA application_id = ${RECORDING_APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION};`);
  });
}

/** Indexes the events of a recording by context, if they are not. */
export function indexByContext(db: SqliteHandle): void {
  if (countOf(db, `SELECT count(*) FROM sqlite_schema WHERE name = 'events_context'`) === 0) db.exec(EVENTS_CONTEXT);
}
