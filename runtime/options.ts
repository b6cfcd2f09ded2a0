import type { ClientPolicy } from '../shared/core/client/state.ts';
import type { SyncPolicy } from '../shared/core/outbox/draft.ts';
import type { StepRecorder } from '../shared/engine/step-record.ts';
import type { Platform } from './platform.ts';
import type { RecorderLimits } from './recorder/index.ts';
import type { Schema } from './schema.ts';

export interface ContextClientOptions<E> {
  readonly platform: Platform;
  /** Names this installation; stable over restarts, and of one user only (SV5). */
  readonly deviceId: string;
  readonly auth: {
    readonly userId: string;
    /** The user's token for an endpoint; asked for at each connection and before it expires. */
    token(endpoint: string): Promise<string> | string;
  };
  /** Sync servers, for example `wss://sync.example.org/sync`. */
  readonly endpoints: readonly string[];
  readonly schema: Schema<E>;
  /** Shown to the server and in the inspector. */
  readonly app?: string;
  readonly policy?: Partial<ClientPolicy>;
  readonly sync?: Partial<SyncPolicy>;
  /** Where references of tenant rows are looked up: entity -> ambient contextId (AM2). */
  readonly ambient?: { readonly [entity: string]: string };
  /** RP1: keeps the last minutes on this device, values included, for a report; true: 16 MiB and 15 minutes. Nothing leaves the device by itself. */
  readonly flightRecorder?: boolean | Partial<RecorderLimits>;
  /** Takes every step as text, for tests that run it again. */
  readonly recorder?: StepRecorder;
}

const DAY_LIMIT = 30;

export const DEFAULT_POLICY: ClientPolicy = { maxActive: 1, graceMs: 2_000, drain: true, pruneAfterDays: DAY_LIMIT, quotaBytes: null };
export const DEFAULT_SYNC: SyncPolicy = { digest: 'replay', maxHeldBytes: 4_194_304 };
