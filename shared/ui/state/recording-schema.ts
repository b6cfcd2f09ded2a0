/** `CTXS`, and the version of the format: what makes a file a recording. */
export const APPLICATION_ID = 0x43545853;
export const FORMAT_VERSION = 1;

/** The tables of a recording that panels query. */
export const RECORDING_DDL = `
CREATE TABLE IF NOT EXISTS clients (clientId TEXT, runId TEXT, deviceId TEXT, app TEXT, platform TEXT, locale TEXT, runtimeVersion TEXT, capabilities TEXT, clockOffsetMs REAL);
CREATE TABLE IF NOT EXISTS events (
  runId TEXT NOT NULL, seq INTEGER NOT NULL, clientId TEXT NOT NULL, at REAL NOT NULL, contextId TEXT, activationId TEXT, kind TEXT NOT NULL,
  entity TEXT, entityId TEXT, fromVersion INTEGER, toVersion INTEGER, mutationIds TEXT, bytes REAL, durationMs REAL, data TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_seq ON events (runId, seq);
CREATE INDEX IF NOT EXISTS events_context ON events (contextId, kind);
CREATE TABLE IF NOT EXISTS contexts (clientId TEXT NOT NULL, contextId TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (clientId, contextId));
CREATE TABLE IF NOT EXISTS gaps (runId TEXT NOT NULL, fromSeq INTEGER NOT NULL, toSeq INTEGER NOT NULL, reason TEXT NOT NULL);
`;
