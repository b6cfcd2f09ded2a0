import type { Json } from '../base/json.ts';
import type { ContextId, DeviceId, MutationId, Version } from './ids.ts';

/** When and where a value was written: (milliseconds since 1970, deviceId). Compared by `compareStamps` only. */
export type Stamp = readonly [timestamp: number, deviceId: string];

/** Stamps per top-level field, for those that differ from the row's own stamp; a removed field is always listed. */
export type Stamps = { readonly [field: string]: Stamp };

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

/** One text for (entity, entityId): a map key, and never shown. */
export const rowKey = (entity: string, entityId: string): string => `${entity.length}:${entity}${entityId}`;
