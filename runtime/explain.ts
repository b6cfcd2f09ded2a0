import type { ClientState } from '../shared/core/client/state.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { ControlPort } from './control.ts';

export interface Reason {
  readonly text: string;
  readonly at?: number;
}

export interface Explanation {
  readonly contextId: string;
  readonly lifecycle: 'dormant' | 'activating' | 'active' | 'deactivating';
  readonly connection: 'offline' | 'connecting' | 'catching-up' | 'live' | null;
  readonly since: number;
  readonly why: readonly Reason[];
  readonly notPruned: readonly Reason[];
  readonly blockers: readonly { readonly kind: 'pending-writes' | 'holders' | 'schema-ahead' | 'no-membership' | 'back-off' | 'not-a-candidate' | 'active' | 'offline'; readonly text: string; readonly until?: number }[];
}

const REASONS: { readonly [reason: string]: string } = {
  activate: 'The app asked for it',
  switch: 'The app switched to it',
  drain: 'It had writes that were not on the server, and nobody used it: it is drained',
  ambient: 'It is ambient: subscribed whenever there is a connection',
  evicted: 'Another context needed its place',
  released: 'Its last holder let go of it',
  forced: 'It was deactivated by force',
  deactivate: 'It was deactivated',
};

/** Answers why: state, since when, what caused it, what keeps it so, and what stands in the way. */
export function explain(control: ControlPort, state: ClientState, contextId: string): Explanation {
  const status = control.status(contextId);
  const row = control.rows().find((other) => other.contextId === contextId);
  if (status === undefined || row === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${contextId} on this client`);
  const why: Reason[] = [];
  const notPruned: Reason[] = [];
  const blockers: Explanation['blockers'][number][] = [];
  const endpoint = state.endpoints[row.endpoint]?.phase;
  if (status.lifecycle === 'dormant') {
    why.push(row.lastError === null ? { text: 'Nobody holds it: it is closed and costs nothing' } : { text: `It could not be activated: ${row.lastError.message}`, at: row.lastError.at });
  } else {
    why.push({ text: REASONS[status.reason ?? ''] ?? `It is open: ${status.reason ?? 'no reason is on record'}`, at: status.since });
    if (status.purpose === 'app') why.push({ text: `${status.holders} ${status.holders === 1 ? 'holder keeps' : 'holders keep'} it; at most ${control.policy.maxActive} tenant contexts are active at once` });
  }
  const pending = Math.max(row.pendingWrites, status.pending.length);
  if (pending > 0) blockers.push({ kind: 'pending-writes', text: `${pending} ${pending === 1 ? 'write is' : 'writes are'} not settled on the server` });
  if (status.holders > 0) blockers.push({ kind: 'holders', text: `${status.holders} ${status.holders === 1 ? 'holder' : 'holders'}` });
  if (status.refused !== null) blockers.push({ kind: status.refused.code === 'SCHEMA_AHEAD' ? 'schema-ahead' : 'no-membership', text: status.refused.message });
  if (row.listed !== 'yes') blockers.push({ kind: 'no-membership', text: row.listed === 'revoked' ? 'Access to it was revoked' : 'The server no longer lists it for this user' });
  if (endpoint?.name === 'refused') blockers.push({ kind: 'back-off', text: `The server refused the connection: ${endpoint.message}`, until: endpoint.until });
  else if (endpoint?.name === 'backoff') blockers.push({ kind: 'back-off', text: 'The server could not be reached; it is dialled again later', until: endpoint.until });
  else if (endpoint?.name !== 'ready') blockers.push({ kind: 'offline', text: 'There is no connection to its server' });
  if (row.kind === 'ambient') notPruned.push({ text: 'Ambient contexts are never pruned' });
  if (status.lifecycle !== 'dormant') notPruned.push({ text: 'It is not dormant' });
  if (!row.partition.present) notPruned.push({ text: 'There is nothing to prune: no partition is on this device' });
  if (pending > 0) notPruned.push({ text: `${pending} ${pending === 1 ? 'write is' : 'writes are'} not on the server yet` });
  if (control.policy.pruneAfterDays !== null && row.kind === 'tenant') notPruned.push({ text: `It becomes a candidate after ${control.policy.pruneAfterDays} days without access` });
  return { contextId, lifecycle: status.lifecycle, connection: status.connection, since: status.since, why, notPruned, blockers };
}
