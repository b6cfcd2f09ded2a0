import { AppError } from '../base/app-error.ts';
import type { ClientPolicy } from '../core/client/state.ts';
import type { StageError } from '../core/context/state.ts';
import type { UserId } from '../core/ids.ts';
import type { SyncPolicy } from '../core/outbox/draft.ts';
import type { SchemaFunctions } from './functions.ts';
import type { EngineHost } from './host.ts';
import type { StepRecorder, StepSink } from './step-record.ts';
import type { Storage } from './storage.ts';

export interface EngineOptions {
  readonly host: EngineHost;
  readonly storage: Storage;
  readonly schema: SchemaFunctions;
  readonly userId: UserId;
  readonly endpoints: readonly string[];
  readonly policy: ClientPolicy;
  readonly sync: SyncPolicy;
  /** RP8: every step as text, for tests that run it again. Off, it costs nothing. */
  readonly recorder?: StepRecorder;
  /** RP1: every step by reference, for the flight recorder; looked up at each step, so that it can be turned on and off. */
  readonly steps?: StepSink | undefined;
}

export function toError(thrown: unknown): StageError {
  if (thrown instanceof AppError) return { code: thrown.code, message: thrown.message };
  return { code: 'INTERNAL', message: thrown instanceof Error ? thrown.message : String(thrown) };
}
