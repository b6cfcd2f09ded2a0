import { AppError } from '../base/app-error.ts';
import { isJsonObject, type Json } from '../base/json.ts';
import type { SchemaInfo } from '../core/app-schema.ts';
import type { RuntimeEvent } from '../core/events.ts';
import type { ConfirmedRow } from '../core/row.ts';
import type { SyncPolicy } from '../core/outbox/draft.ts';

// What the flight recorder appends, one JSON text per line, and a recording's tables hold as rows (RP1).

/** The run that steps belong to, and what they depend on beside their inputs. */
export interface RunAbout {
  readonly runId: string;
  readonly deviceId: string;
  readonly userId: string;
  readonly app: string;
  readonly platform: string;
  readonly type: 'page' | 'worker' | 'node' | 'phone';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly schema: SchemaInfo;
  readonly sync: SyncPolicy;
}

/** In place of the values of a frame that is too large to keep. */
export interface BulkStep {
  readonly type: 'DELTA' | 'LOG';
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly changes: number;
  readonly bytes: number;
  /** Of the frame as it came; 16 hex digits. */
  readonly byteHash: string;
  readonly digestBefore: string | null;
  /** What the server says that the digest is behind it; null: it did not say. */
  readonly digestAfter: string | null;
}

/** A checkpoint is the state before step `n`. `context` null: the client's own. */
export type StepLine =
  | { readonly k: 'head'; readonly format: 1; readonly about: RunAbout; readonly n: number; readonly seq: number; readonly at: number }
  | { readonly k: 'state'; readonly n: number; readonly context: string | null; readonly state: object }
  | { readonly k: 'step'; readonly n: number; readonly seq: number; readonly at: number; readonly context: string | null; readonly name: string; readonly hash: string; readonly input: object; readonly bulk?: BulkStep }
  /** A row that step `n` was the first of its segment to touch, as it stood in the log before; null: there was none. */
  | { readonly k: 'preimage'; readonly n: number; readonly context: string; readonly entity: string; readonly id: string; readonly row: ConfirmedRow | null }
  | { readonly k: 'event'; readonly event: RuntimeEvent };

/** Reads a line that came from elsewhere. Throws `BAD_MESSAGE` for one that is none; what a state or an input holds is looked at when it is run again. */
export function parseStepLine(text: string): StepLine {
  let line: Json;
  try {
    line = JSON.parse(text) as Json;
  } catch {
    throw notOne();
  }
  if (!isJsonObject(line) || !fits(line)) throw notOne();
  return line as unknown as StepLine;
}

const notOne = (): AppError => new AppError('BAD_MESSAGE', 'A line of a flight recorder is none');

type Fields = { readonly [key: string]: Json | undefined };

const isName = (value: Json | undefined): boolean => typeof value === 'string' && value.length > 0 && value.length <= 200;
const isContext = (value: Json | undefined): boolean => value === null || isName(value);
const isPart = (value: Json | undefined): boolean => isJsonObject(value ?? null);

function fits(line: Fields): boolean {
  switch (line['k']) {
    case 'head': {
      const about = line['about'] as Fields | undefined;
      return isPart(line['about']) && isName(about?.['runId']) && isName(about?.['deviceId']) && isPart(about?.['sync']) && Number.isSafeInteger((about?.['schema'] as Fields | undefined)?.['version']);
    }
    case 'state':
      return Number.isSafeInteger(line['n']) && isContext(line['context']) && isPart(line['state']);
    case 'step':
      return Number.isSafeInteger(line['n']) && Number.isSafeInteger(line['seq']) && Number.isFinite(line['at']) && isContext(line['context']) && isName(line['name']) && typeof line['hash'] === 'string' && isPart(line['input']) && (line['bulk'] === undefined || isPart(line['bulk']));
    case 'preimage':
      return Number.isSafeInteger(line['n']) && [line['context'], line['entity'], line['id']].every(isName) && (line['row'] === null || isPart(line['row']));
    default:
      return line['k'] === 'event';
  }
}
