import type { Migration } from '../migrate.ts';

// context_id leads every primary key and index of tenant data, so that the tables can be distributed by tenant without a change.
// Ids are COLLATE "C": rows come in the order of their UTF-8 bytes, as SQLite has them, and indexes do not depend on a locale.

const TABLES = `
CREATE SCHEMA sync;

CREATE TABLE sync.settings (key text PRIMARY KEY, value text NOT NULL);

-- No tenant value in here: the feed's role reads it whole.
CREATE TABLE sync.heads (
  context_id text COLLATE "C" PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('tenant', 'ambient')),
  log_id text NOT NULL,
  head bigint NOT NULL DEFAULT 0,
  horizon bigint NOT NULL DEFAULT 0,
  digest text NOT NULL DEFAULT '0000000000000000',
  horizon_digest text NOT NULL DEFAULT '0000000000000000',
  schema_version integer NOT NULL,
  readable_from integer NOT NULL,
  importing boolean NOT NULL DEFAULT false,
  CHECK (context_id <> '' AND horizon <= head)
) WITH (fillfactor = 50);

CREATE TABLE sync.contexts (
  context_id text COLLATE "C" PRIMARY KEY,
  title text
);

-- The value is the canonical text that was hashed; jsonb would rewrite it.
CREATE TABLE sync.rows (
  context_id text COLLATE "C" NOT NULL,
  entity text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  deleted boolean NOT NULL,
  value text,
  timestamp double precision NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  stamps text,
  schema_version integer NOT NULL,
  hash bigint NOT NULL,
  PRIMARY KEY (context_id, entity, entity_id),
  CHECK (deleted = (value IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX rows_tombstones ON sync.rows (context_id, version) WHERE deleted;

CREATE TABLE sync.changes (
  context_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  entity text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  value text,
  timestamp double precision NOT NULL,
  stamps text,
  device_id text COLLATE "C" NOT NULL,
  mutation_id text COLLATE "C" NOT NULL,
  schema_version integer NOT NULL,
  resolves text,
  digest text NOT NULL,
  hash bigint NOT NULL,
  bytes integer NOT NULL,
  at double precision NOT NULL,
  PRIMARY KEY (context_id, version)
);

-- OB4: one outcome per mutation, for ever.
CREATE TABLE sync.mutations (
  context_id text COLLATE "C" NOT NULL,
  mutation_id text COLLATE "C" NOT NULL,
  outcome text NOT NULL,
  context_version bigint,
  current_version bigint,
  -- The head behind the push: the outcome stays until the horizon has passed it.
  log_version bigint NOT NULL,
  code text,
  message text,
  device_id text COLLATE "C" NOT NULL,
  at double precision NOT NULL,
  PRIMARY KEY (context_id, mutation_id)
);

CREATE TABLE sync.snapshots (
  context_id text COLLATE "C" NOT NULL,
  home text NOT NULL,
  log_id text NOT NULL,
  version bigint NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL,
  PRIMARY KEY (context_id, home, log_id, version)
);

CREATE TABLE sync.activity (
  context_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  hour bigint NOT NULL,
  applied bigint NOT NULL,
  refused bigint NOT NULL,
  resolved bigint NOT NULL,
  caused bigint NOT NULL,
  rejected bigint NOT NULL,
  PRIMARY KEY (context_id, device_id, hour)
);

CREATE TABLE sync.audit (
  context_id text COLLATE "C" NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at double precision NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  details text NOT NULL,
  PRIMARY KEY (context_id, id)
);

-- Keyed by user, not by tenant.
CREATE TABLE sync.members (
  user_id text COLLATE "C" NOT NULL,
  context_id text COLLATE "C" NOT NULL,
  role text NOT NULL CHECK (role IN ('reader', 'writer', 'admin')),
  PRIMARY KEY (user_id, context_id)
);
CREATE INDEX members_of_context ON sync.members (context_id, user_id);

CREATE TABLE sync.revocations (
  user_id text COLLATE "C" NOT NULL,
  context_id text COLLATE "C" NOT NULL,
  role text NOT NULL,
  accept_until double precision,
  at double precision NOT NULL,
  PRIMARY KEY (user_id, context_id)
);

CREATE TABLE sync.devices (
  device_id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  seen_at double precision NOT NULL
);

CREATE TABLE sync.access_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  at double precision NOT NULL
);
`;

/** A setting that is missing reads NULL, or '' once it was set in the session: both match nothing. */
const SETTING = (name: string): string => `NULLIF(current_setting('${name}', true), '')`;
const IN_CONTEXT = `context_id = ${SETTING('app.active_context')}`;
const OF_USER = `user_id = ${SETTING('app.user_id')}`;

function isolate(table: string): string {
  return `ALTER TABLE sync.${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE sync.${table} FORCE ROW LEVEL SECURITY;\n`;
}

function policy(name: string, table: string, role: string, command: string, using: string, check?: string): string {
  const clauses = [command === 'INSERT' ? '' : `USING (${using})`, check === undefined ? '' : `WITH CHECK (${check})`].join(' ');
  return `CREATE POLICY ${name} ON sync.${table} FOR ${command} TO contextscope_${role} ${clauses};\n`;
}

const TENANT_TABLES = ['rows', 'changes', 'mutations', 'snapshots'] as const;
const ALL_TABLES = [...TENANT_TABLES, 'heads', 'contexts', 'members', 'revocations', 'devices', 'activity', 'audit', 'access_log'];

const POLICIES = [
  ...ALL_TABLES.map(isolate),
  // The tenant role: one context, named by the transaction; of memberships only the acting user's.
  ...TENANT_TABLES.map((table) => policy('tenant_isolation', table, 'tenant', 'ALL', IN_CONTEXT, IN_CONTEXT)),
  policy('tenant_isolation', 'heads', 'tenant', 'ALL', IN_CONTEXT, IN_CONTEXT),
  policy('own_titles', 'contexts', 'tenant', 'SELECT', `${IN_CONTEXT} OR context_id IN (SELECT context_id FROM sync.members)`),
  policy('own_memberships', 'members', 'tenant', 'SELECT', OF_USER),
  policy('own_revocations', 'revocations', 'tenant', 'SELECT', OF_USER),
  policy('own_devices', 'devices', 'tenant', 'ALL', OF_USER, OF_USER),
  // The feed's role: how far every log is, and who is to be told of a change of access.
  policy('feed_heads', 'heads', 'feed', 'SELECT', 'true'),
  policy('feed_access', 'access_log', 'feed', 'SELECT', 'true'),
  // The maintenance role: compaction, memberships, counts. It has no right on any column that holds a value.
  policy('maintain_rows', 'rows', 'maintenance', 'SELECT', 'deleted'),
  policy('maintain_tombstones', 'rows', 'maintenance', 'DELETE', 'deleted'),
  ...['changes', 'mutations', 'snapshots'].flatMap((table) => [
    policy('maintain', table, 'maintenance', 'SELECT', 'true'),
    policy('maintain_delete', table, 'maintenance', 'DELETE', 'true'),
  ]),
  ...['heads', 'contexts', 'members', 'revocations', 'activity', 'audit', 'access_log'].map((table) => policy('maintain', table, 'maintenance', 'ALL', 'true', 'true')),
].join('');

const GRANTS = `
GRANT USAGE ON SCHEMA sync TO contextscope_tenant, contextscope_feed, contextscope_maintenance;

GRANT SELECT, INSERT, UPDATE ON sync.rows TO contextscope_tenant;
GRANT DELETE ON sync.rows TO contextscope_tenant;
GRANT SELECT, INSERT ON sync.changes, sync.mutations TO contextscope_tenant;
GRANT SELECT, INSERT, DELETE ON sync.snapshots TO contextscope_tenant;
GRANT SELECT, UPDATE (head, digest) ON sync.heads TO contextscope_tenant;
GRANT SELECT ON sync.contexts, sync.members, sync.revocations TO contextscope_tenant;
GRANT SELECT, INSERT, UPDATE (seen_at) ON sync.devices TO contextscope_tenant;

GRANT SELECT ON sync.heads, sync.access_log, sync.settings TO contextscope_feed;

GRANT SELECT (context_id, entity, entity_id, version, deleted), DELETE ON sync.rows TO contextscope_maintenance;
GRANT SELECT (context_id, version, at, bytes, digest), DELETE ON sync.changes TO contextscope_maintenance;
GRANT SELECT (context_id, mutation_id, log_version, at), DELETE ON sync.mutations TO contextscope_maintenance;
GRANT SELECT, DELETE ON sync.snapshots TO contextscope_maintenance;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync.heads, sync.contexts, sync.members, sync.revocations, sync.activity TO contextscope_maintenance;
GRANT SELECT, INSERT ON sync.audit TO contextscope_maintenance;
GRANT SELECT, INSERT, DELETE ON sync.access_log TO contextscope_maintenance;
`;

export const first: Migration = { version: 1, name: 'first', sql: TABLES + POLICIES + GRANTS };
