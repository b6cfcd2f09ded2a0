import type { ContextId, ServerId } from '../ids.ts';
import { VERSION_0 } from '../ids.ts';
import type { RegistryRow } from '../registry-row.ts';
import { linkUp } from './connecting.ts';
import { endContext } from './ending.ts';
import type { ConnectionFrame, MembershipInfo, Revocation } from './messages.ts';
import { prepareForget } from './pruning.ts';
import type { ClientTurn } from './turn.ts';

// IS2, PR4: what the server says of the user's contexts. Absence from the list stops the sync of a context and deletes nothing.

export function welcome(turn: ClientTurn, url: string, frame: Extract<ConnectionFrame, { type: 'WELCOME' }>): void {
  const listed = new Set<string>(frame.contexts.map((context) => context.contextId));
  for (const context of frame.contexts) grant(turn, url, frame.serverId, context);
  const revoked = new Set<string>(frame.revoked.map((revocation) => revocation.contextId));
  for (const row of [...turn.state.rows.values()]) {
    if (row.serverId !== frame.serverId || row.endpoint !== url || listed.has(row.contextId) || revoked.has(row.contextId) || row.listed !== 'yes') continue;
    turn.setRow({ ...row, listed: 'unlisted' });
  }
  for (const revocation of frame.revoked) revoke(turn, frame.serverId, revocation);
}

export function membership(turn: ClientTurn, url: string, granted: readonly MembershipInfo[], revoked: readonly Revocation[]): void {
  const phase = turn.endpoint(url)?.phase;
  if (phase?.name !== 'ready') return;
  for (const context of granted) {
    grant(turn, url, phase.serverId, context);
    if (turn.activation(context.contextId) !== undefined) linkUp(turn, context.contextId);
  }
  for (const revocation of revoked) revoke(turn, phase.serverId, revocation);
}

function grant(turn: ClientTurn, url: string, serverId: ServerId, context: MembershipInfo): void {
  const known = turn.row(context.contextId);
  if (known !== undefined && known.serverId !== serverId) {
    turn.event({ kind: 'error', contextId: context.contextId, data: { code: 'TWIN_CONTEXT', message: `${context.contextId} is known from server ${known.serverId} and now also listed by ${serverId}; the second is left out` } });
    return;
  }
  const said = { kind: context.kind, role: context.role, endpoint: url, title: context.title ?? null, listed: 'yes', acceptUntil: null, serverSchemaVersion: context.schemaVersion } as const;
  if (known === undefined) return turn.setRow({ ...freshRow(turn, serverId, context), ...said });
  const serverVersion = known.logId === null || known.logId === context.logId ? context.headVersion : known.serverVersion;
  const next: RegistryRow = { ...known, ...said, serverVersion };
  const same = (Object.keys(next) as (keyof RegistryRow)[]).every((key) => next[key] === known[key]);
  if (!same) turn.setRow(next);
}

function freshRow(turn: ClientTurn, serverId: ServerId, context: MembershipInfo): RegistryRow {
  return {
    contextId: context.contextId,
    serverId,
    userId: turn.state.userId,
    kind: context.kind,
    endpoint: '',
    role: context.role,
    lifecycle: 'dormant',
    partition: { present: false, generation: 0 },
    logId: null,
    schemaVersion: 0,
    localVersion: VERSION_0,
    serverVersion: context.headVersion,
    pendingWrites: 0,
    oldestWriteAt: null,
    title: null,
    serverSchemaVersion: context.schemaVersion,
    acceptUntil: null,
    lastAccessAt: null,
    lastSyncedAt: null,
    lastError: null,
    listed: 'yes',
    quarantine: null,
  };
}

/** PR4: an explicit revocation. Unsynced writes go first where the server still takes them. */
function revoke(turn: ClientTurn, serverId: ServerId, revocation: Revocation): void {
  const row = turn.row(revocation.contextId);
  if (row === undefined || row.serverId !== serverId || row.userId !== turn.state.userId) return;
  const until = revocation.acceptUntil ?? null;
  const clockOffset = turn.endpoint(row.endpoint)?.clockOffset ?? 0;
  const accepts = until !== null && until > turn.env.now + clockOffset && row.pendingWrites > 0;
  turn.setRow({ ...row, listed: 'revoked', acceptUntil: accepts ? until : null }, true);
  const activation = turn.activation(row.contextId);
  if (activation !== undefined) {
    for (const waiter of activation.waiters) turn.refuse(waiter.callId, 'FORBIDDEN', `Access to ${row.contextId} was revoked`);
    turn.setActivation(row.contextId, { ...activation, waiters: [] });
    endContext(turn, row.contextId, true, 0, 'revoked');
  } else {
    removeRevoked(turn, row.contextId);
  }
}

/** Forgets a revoked context that is closed, once its writes have gone or can no longer go. */
export function removeRevoked(turn: ClientTurn, contextId: ContextId): void {
  const row = turn.row(contextId);
  if (row?.listed !== 'revoked' || turn.activation(contextId) !== undefined) return;
  const clockOffset = turn.endpoint(row.endpoint)?.clockOffset ?? 0;
  const stillAccepted = row.acceptUntil !== null && row.acceptUntil > turn.env.now + clockOffset;
  if (stillAccepted && row.pendingWrites > 0) return;
  prepareForget(turn, contextId, null, 'revoked');
}
