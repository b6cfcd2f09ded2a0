import type { RuntimeEvent } from '../../shared/core/events.ts';
import { behaviourHash, CORE_VERSION, createRecording, inTransaction, RecordingWriter, StepWriter, type RunAbout, type SqliteHandle, type StepLine } from '../../shared/recording/index.ts';

/** The last known registry row of a context, as JSON of {row, status}. */
export interface ContextEntry {
  readonly row: { readonly contextId: string };
  readonly status: object;
}

const BATCH = 1_000;

/**
 * Turns a recorder's segments into a recording (RP1). A segment that a crash cut off ends where its last whole line does; what was to follow is a gap
 * that only the next segment's checkpoint leads over.
 */
export function exportRecording(db: SqliteHandle, segments: Iterable<readonly string[]>, about: { readonly createdAt: number; readonly producer: string; readonly capabilities: readonly string[]; readonly contexts: readonly ContextEntry[]; readonly clientId: string }): { events: number; steps: number } {
  createRecording(db, { createdAt: String(about.createdAt), producer: about.producer, coreVersion: CORE_VERSION, behaviourHash: behaviourHash(), redaction: 'full' });
  const writer = new RecordingWriter(db);
  let events = 0;
  let steps = 0;
  for (const lines of segments) {
    const parsed = wholeLines(lines);
    const head = parsed[0];
    // Without its head a segment belongs to nobody.
    if (head?.k !== 'head') continue;
    const run = head.about;
    writer.putClient(clientOf(run, about));
    const stepWriter = new StepWriter(db, run.runId);
    inTransaction(db, () => {
      for (const line of parsed) stepWriter.put(line, run);
    });
    steps += stepWriter.steps;
    const told: RuntimeEvent[] = parsed.flatMap((line) => (line.k === 'event' ? [line.event] : []));
    for (let from = 0; from < told.length; from += BATCH) writer.append([{ clientId: about.clientId, runId: run.runId, events: told.slice(from, from + BATCH) as never }]);
    events += told.length;
  }
  writer.putContexts(about.clientId, about.contexts as never);
  return { events, steps };
}

/** The core whose steps are recorded. */
export const recordedCore = (): { readonly version: string; readonly behaviour: string } => ({ version: CORE_VERSION, behaviour: behaviourHash() });

/** What counts without building anything. */
export function sizeOf(segments: Iterable<readonly string[]>): { events: number; steps: number } {
  let events = 0;
  let steps = 0;
  for (const lines of segments) {
    for (const line of lines) {
      if (line.startsWith('{"k":"event"')) events++;
      else if (line.startsWith('{"k":"step"')) steps++;
    }
  }
  return { events, steps };
}

function wholeLines(lines: readonly string[]): StepLine[] {
  const parsed: StepLine[] = [];
  for (const line of lines) {
    try {
      parsed.push(JSON.parse(line) as StepLine);
    } catch {
      // A disk that lost power may hold anything behind this.
      return parsed;
    }
  }
  return parsed;
}

const clientOf = (run: RunAbout, { clientId, capabilities }: { readonly clientId: string; readonly capabilities: readonly string[] }) => ({
  clientId,
  runId: run.runId,
  deviceId: run.deviceId,
  title: run.app,
  type: run.type,
  app: run.app,
  platform: run.platform,
  runtimeVersion: CORE_VERSION,
  userId: run.userId,
  startedAt: run.startedAt,
  capabilities: [...capabilities],
  valuePolicy: 'full' as const,
});
