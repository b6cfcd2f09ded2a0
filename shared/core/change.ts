import type { Json } from '../base/json.ts';
import type { WireErrorCode } from './error-codes.ts';
import type { ContextId, DeviceId, MutationId, Version } from './ids.ts';

/** When and where a value was written: (milliseconds since 1970, deviceId). Compared by `compareStamps` only. */
export type Stamp = readonly [timestamp: number, deviceId: string];

/** Stamps per top-level field, for those that differ from the row's own stamp; a removed field is always listed. */
export type Stamps = { readonly [field: string]: Stamp };

/** Negative: `a` is older. By number, then by code unit of the deviceId, never by locale; null is older than any (CF2). */
export function compareStamps(a: Stamp | null, b: Stamp | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (a[0] !== b[0]) return a[0] - b[0];
  return compareCodePoints(a[1], b[1]);
}

/** Order of two strings by code point, the same on every machine. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate half stands for a code point above every unit that is none.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

export type Op = 'put' | 'delete';

/** Says that a mutation settled a conflict: whose, against which version of theirs, by which strategy. */
export interface Resolves {
  readonly mutationId: MutationId;
  readonly theirsVersion: Version;
  readonly strategy: StrategyName;
}

export const STRATEGIES = ['lww', 'fields', 'text', 'custom', 'ask'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** One local write as the server sees it. `value` is there exactly for a put. */
export interface Mutation {
  readonly mutationId: MutationId;
  readonly entity: string;
  readonly entityId: string;
  readonly op: Op;
  readonly value?: Json;
  /** The version of the row that it was written upon; 0: never existed. */
  readonly baseVersion: Version;
  /** Milliseconds since 1970, already shifted by the device's clock offset. */
  readonly timestamp: number;
  readonly stamps?: Stamps;
  readonly schemaVersion: number;
  readonly resolves?: Resolves;
}

/** One entry of a context's change log. */
export interface Change {
  readonly contextId: ContextId;
  readonly contextVersion: Version;
  readonly entity: string;
  readonly entityId: string;
  readonly op: Op;
  readonly value?: Json;
  readonly timestamp: number;
  readonly stamps?: Stamps;
  readonly deviceId: DeviceId;
  readonly mutationId: MutationId;
  readonly schemaVersion: number;
  readonly resolves?: Resolves;
}

/** The recorded fate of a mutation: one for ever (OB4). */
export interface MutationOutcome {
  readonly mutationId: MutationId;
  readonly outcome: 'applied' | 'conflict' | 'rejected';
  /** With `applied`: the version it took. */
  readonly contextVersion?: Version;
  /** With `conflict`: the row's version, or the horizon where the row is gone behind it. */
  readonly currentVersion?: Version;
  readonly code?: WireErrorCode;
  readonly message?: string;
}

/** One text for (entity, entityId): a map key, and never shown. */
export const rowKey = (entity: string, entityId: string): string => `${entity.length}:${entity}${entityId}`;
