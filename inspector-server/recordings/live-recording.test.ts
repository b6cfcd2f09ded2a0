import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DebugEvent } from '../../shared/protocol/debug/index.ts';
import { CLIENT, eventsOf } from '../../shared/recording/testing/sample.ts';
import { DEFAULT_LIMITS } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import { LiveRecording } from './live-recording.ts';
import { openRecording, recordingFile } from './open-recording.ts';
import { TextMemory } from './text-memory.ts';
import type { BatchOutcome, WriteTask } from './write-task.ts';
import { WriterThread } from './writer-thread.ts';

let folder = '';
let lines: string[] = [];
let writer: WriterThread;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  lines = [];
  writer = new WriterThread((line) => lines.push(line));
});
afterEach(async () => {
  await writer.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(before: Promise<void> | null = null): LiveRecording {
  const file = recordingFile(folder, CLIENT.clientId);
  return new LiveRecording(CLIENT.clientId, file, openRecording(file, {}, 0).db, 0, before, { writer, memory: new TextMemory(1_048_576, 4), limits: DEFAULT_LIMITS, clock: systemClock, named: () => undefined, trouble: (line) => lines.push(line) });
}

const textOf = (events: readonly DebugEvent[], runId = CLIENT.runId): Buffer => Buffer.from(JSON.stringify({ method: 'Client.events', params: { runId, events } }));

/** Hands a batch over, and gives what became of it. */
function add(recording: LiveRecording, text: Buffer): Promise<BatchOutcome> {
  return new Promise((resolve) => {
    recording.add({ text, runId: CLIENT.runId, beyondCredit: false, done: resolve });
    void recording.flush();
  });
}

const seqsIn = (recording: LiveRecording): readonly number[] => recording.reader.events({ limit: 100_000 }).map(({ event }) => event.seq);

test('DB8 numbers that count the events of some contexts go on when the oldest are erased', async () => {
  const recording = open();
  await add(recording, textOf(eventsOf(10_000)));
  const [runId, contexts] = [CLIENT.runId, ['clinic-a']];
  const [all, half] = [recording.countOf(runId, contexts, 10_000), recording.countOf(runId, contexts, 5_000)];
  expect([all, half]).toEqual([5_000, 2_500]);
  expect(recording.placeBeforeNumber(runId, contexts, 4_500)).toBeGreaterThan(8_900);
  const before = recording.placeBeforeNumber(runId, contexts, 4_500);
  expect(await recording.retain(Number.MAX_SAFE_INTEGER, recording.bytes * 0.7)).toBeGreaterThan(1_000);
  expect([recording.countOf(runId, contexts, 10_000), recording.placeBeforeNumber(runId, contexts, 4_500), recording.placeBeforeNumber(runId, contexts, 5_000)]).toEqual([all, before, recording.lastPlace]);
  await recording.close();
});

test('a folder that vanishes under the hub is trouble, and no crash', async () => {
  const recording = open();
  await add(recording, textOf(eventsOf(10)));
  rmSync(folder, { recursive: true, force: true });
  for (let i = 1; i < 50; i++) await add(recording, textOf(eventsOf(100, i * 100)));
  await recording.close();
  expect(lines.length).toBeLessThan(3);
});

test('what is asked later is written later, whoever asks', async () => {
  const recording = open();
  recording.putClient(CLIENT);
  const outcomes: string[] = [];
  for (let i = 0; i < 20; i++) {
    recording.add({ text: textOf(eventsOf(50, i * 50)), runId: CLIENT.runId, beyondCredit: false, done: ({ is }) => outcomes.push(`${is} ${i}`) });
    recording.putClient({ ...CLIENT, title: `title ${i}` });
    if (i % 3 === 0) void recording.flush();
  }
  await recording.flush();
  expect(outcomes).toEqual(Array.from({ length: 20 }, (_, i) => `written ${i}`));
  expect(seqsIn(recording)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  expect(recording.lastPlace).toBe(1_000);
  expect(recording.reader.clients()).toMatchObject([{ title: 'title 19' }]);
  await recording.close();
  expect(existsSync(`${recording.file}-wal`)).toBe(false);
});

test('DB4 when the thread that writes ends, it is said, another goes on, and what was not written is a gap', async () => {
  const recording = open();
  recording.putClient(CLIENT);
  await add(recording, textOf(eventsOf(100)));
  // No task is none: what nobody thought of ends the thread.
  const fatal = writer.ask({ file: recording.file, at: 0, writtenAt: 0, maxBytes: 1e9, task: null as unknown as WriteTask });
  const lost = [add(recording, textOf(eventsOf(50, 100))), add(recording, textOf(eventsOf(50, 150)))];
  recording.putClient({ ...CLIENT, title: 'asked before it ended' });
  await expect(fatal).rejects.toMatchObject({ code: 'STORAGE' });
  expect((await Promise.all(lost)).map(({ is }) => is)).toEqual(['lost', 'lost']);
  expect(await add(recording, textOf(eventsOf(100, 200)))).toMatchObject({ is: 'written', events: 100, firstPlace: 101 });
  expect(lines.filter((line) => line.includes('another takes its place')).length).toBeGreaterThan(0);
  expect(seqsIn(recording)).toEqual([...Array.from({ length: 100 }, (_, i) => i), ...Array.from({ length: 100 }, (_, i) => 200 + i)]);
  expect(recording.reader.gaps(CLIENT.runId)).toMatchObject([{ fromSeq: 100, toSeq: 149, reason: 'the hub could not write it' }, { fromSeq: 150, toSeq: 199 }]);
  expect(recording.reader.clients()).toMatchObject([{ title: 'asked before it ended' }]);
  await recording.close();
});

test('a recording that is opened again while it is put to rest has everything that was written to it', async () => {
  const file = recordingFile(folder, CLIENT.clientId);
  const first = open();
  first.add({ text: textOf(eventsOf(2_000)), runId: CLIENT.runId, beyondCredit: false, done: () => undefined });
  const closing = first.close();
  const second = open(closing);
  await second.flush();
  expect(seqsIn(second)).toHaveLength(2_000);
  expect(second.lastPlace).toBe(2_000);
  await second.close();
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test('files of recordings are told apart whatever their clients are called', () => {
  const names = ['a', 'A', '../a', 'a/b', 'ａ', '', 'x'.repeat(200), '.', 'con', '\u0000'].map((id) => recordingFile('/r', id));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\/r\/[a-z0-9-]{12,60}\.ctxscope$/);
});
