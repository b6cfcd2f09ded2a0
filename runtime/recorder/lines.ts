import type { ContextState } from '../../shared/core/context/state.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { ConfirmedRow } from '../../shared/core/row.ts';
import type { Readings, TakenStep } from '../../shared/engine/step-record.ts';
import { outputHash, stateText, withoutPending, type BulkStep, type RunAbout } from '../../shared/recording/index.ts';

// One line per thing that is recorded, each a JSON text of a `StepLine`. They are put together from parts, because most parts are text already.

/** RP1: a frame beyond this is a bulk step. */
const BULK_BYTES = 65_536;
const BULK_CHANGES = 100;

/** Whether what a step writes is more than a recording keeps. */
export const isBulk = (step: TakenStep, rows: number): boolean => rows > BULK_CHANGES || ('text' in step && (step.text?.length ?? 0) > BULK_BYTES);

type ContextStep = Extract<TakenStep, { text: string | null }>;

export function headLine(about: RunAbout, n: number, seq: number, at: number): string {
  return `${JSON.stringify({ k: 'head', format: 1, about, n, seq, at })}\n`;
}

export function stateLine(n: number, contextId: string | null, state: string): string {
  return `{"k":"state","n":${n},"context":${JSON.stringify(contextId)},"state":${state}}\n`;
}

export function eventLine(event: RuntimeEvent): string {
  return `{"k":"event","event":${JSON.stringify(event)}}\n`;
}

/** `n`: of the step that touched the row first. A row that there was not is null. */
export function preimageLine(n: number, contextId: string, { entity, entityId, row }: { readonly entity: string; readonly entityId: string; readonly row: ConfirmedRow }): string {
  return `${JSON.stringify({ k: 'preimage', n, context: contextId, entity, id: entityId, row: row.version === 0 && row.text === null ? null : row })}\n`;
}

/** `at`: of a step that reads no clock. */
export function stepLine(n: number, seq: number, at: number, step: Exclude<TakenStep, { start: unknown }>): string {
  if ('begin' in step) return line(n, seq, at, step.target, 'begin', '', `{"begin":${JSON.stringify(step.begin)},"monotonic":${step.monotonic}}`);
  const { readings, output } = step;
  const hash = outputHash(output);
  if ('input' in step) return line(n, seq, readings.now, null, step.input.type, hash, `{"input":${JSON.stringify(step.input)},"readings":${readingsText(readings)}}`);
  return line(n, seq, readings.now, step.target, step.step.type, hash, `{"step":${inputText(step)},"readings":${readingsText(readings)}}`);
}

/** A step of which only what it was about is kept, and the state behind it. */
export function bulkLine(n: number, seq: number, step: ContextStep, bulk: BulkStep, before: ContextState | undefined): string {
  const { readings, output } = step;
  const { state } = output;
  const isKept = before?.partition?.pending === state.partition?.pending;
  return line(n, seq, readings.now, step.target, step.step.type, '', `{"readings":${readingsText(readings)}}`, bulk) + stateLine(n + 1, step.target, isKept ? withoutPending(state) : stateText(state));
}

function line(n: number, seq: number, at: number, contextId: string | null, name: string, hash: string, input: string, bulk?: BulkStep): string {
  const rest = bulk === undefined ? '' : `,"bulk":${JSON.stringify(bulk)}`;
  return `{"k":"step","n":${n},"seq":${seq},"at":${at},"context":${JSON.stringify(contextId)},"name":"${name}","hash":"${hash}","input":${input}${rest}}\n`;
}

function readingsText({ now, monotonic, chance, results }: Readings): string {
  return `{"now":${now},"monotonic":${monotonic},"chance":${chance},"results":${results.length === 0 ? '[]' : JSON.stringify(results)}}`;
}

/** A frame is text as it came, unless the server wrote it over several lines. */
function inputText({ step, text }: ContextStep): string {
  if (step.type !== 'frame' || text === null || text.includes('\n')) return JSON.stringify(step);
  return `{"type":"frame","conn":${step.conn},"bytes":${step.bytes},"frame":${text}}`;
}

/** What a frame was about that is too large to keep; null for any other step. */
export function bulkOf({ step, text }: ContextStep, before: ContextState | undefined, hash: Hash64): BulkStep | null {
  if (step.type !== 'frame' || text === null) return null;
  const { frame } = step;
  if (frame.type !== 'DELTA' && frame.type !== 'LOG') return null;
  if (text.length <= BULK_BYTES && frame.changes.length <= BULK_CHANGES) return null;
  const first = frame.changes[0]?.contextVersion ?? 1;
  return {
    type: frame.type,
    fromVersion: frame.type === 'DELTA' ? frame.fromVersion : first - 1,
    toVersion: frame.type === 'DELTA' ? frame.toVersion : (frame.changes.at(-1)?.contextVersion ?? 0),
    changes: frame.changes.length,
    bytes: text.length,
    byteHash: hash(text).toString(16).padStart(16, '0'),
    digestBefore: before?.partition?.digest ?? null,
    digestAfter: frame.type === 'DELTA' ? frame.digest : null,
  };
}
