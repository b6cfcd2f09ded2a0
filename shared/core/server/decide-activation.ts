import type { LogId, Version } from '../ids.ts';
import type { LogHead } from './log-head.ts';

export interface ActivationRequest {
  readonly sinceVersion: Version;
  readonly seenVersion: Version;
  readonly logId?: LogId | undefined;
  readonly schemaVersion: number;
  /** The client wants a snapshot whatever its version is. */
  readonly snapshot?: boolean | undefined;
}

export interface ActivationAnswer {
  readonly mode: 'delta' | 'snapshot' | 'reset';
  /** The digest at sinceVersion has to be looked up and sent along. */
  readonly withDigest: boolean;
}

/** Changes from which on a ready partition file is cheaper than the deltas. */
export const SNAPSHOT_FROM = 2_000;

/**
 * SY7: true when the client has seen a version of this very log that the log does not have: the server was restored without
 * knowing it. The caller then gives the log a new logId before it decides anything else.
 */
export const wasRestored = (log: LogHead, request: ActivationRequest): boolean =>
  request.logId === log.logId && (request.sinceVersion > log.head || request.seenVersion > log.head);

/** SCHEMA_AHEAD (MG4): the context's rows are newer than this app may read. */
export const isSchemaAhead = (log: LogHead, request: ActivationRequest): boolean => request.schemaVersion < log.readableFrom;

/** SY4, SY7: how this client gets from its version to the head. */
export function decideActivation(log: LogHead, request: ActivationRequest): ActivationAnswer {
  const { sinceVersion: since } = request;
  if (request.logId !== undefined && request.logId !== log.logId) return { mode: 'reset', withDigest: false };
  // A version without the log it belongs to says nothing.
  if (request.logId === undefined && since > 0) return { mode: 'reset', withDigest: false };
  const tooOld = since < log.horizon;
  const tooFar = (log.head as number) - (since as number) >= SNAPSHOT_FROM;
  if (tooOld || tooFar || request.snapshot === true) return { mode: 'snapshot', withDigest: false };
  return { mode: 'delta', withDigest: true };
}
