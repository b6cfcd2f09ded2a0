import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENT, eventsOf } from '../../shared/recording/testing/sample.ts';
import { DEFAULT_LIMITS } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import { LiveRecording } from './live-recording.ts';
import { openRecording, recordingFile } from './open-recording.ts';

let folder = '';
let lines: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): LiveRecording {
  const file = recordingFile(folder, 'client-1');
  return new LiveRecording(file, openRecording(file, {}, 0).db, DEFAULT_LIMITS, systemClock, 0, (line) => lines.push(line));
}

const add = (recording: LiveRecording, from: number, count: number, written = (): void => undefined): void => {
  recording.add(CLIENT.clientId, CLIENT.runId, eventsOf(count, from), [], count * 200, written);
  recording.flush();
};

test('DB4 a full disk costs events, which are a gap afterwards, and neither the hub nor the agent stops', () => {
  const recording = open();
  add(recording, 0, 100);
  const pages = Number(recording.database.prepare('PRAGMA page_count').get()?.['page_count']);
  recording.database.exec(`PRAGMA max_page_count = ${pages}`);
  let credits = 0;
  for (let i = 0; i < 20; i++) add(recording, 100 + i * 100, 100, () => credits++);
  recording.putClient(CLIENT);
  expect(credits).toBe(20);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('cannot be written');
  recording.database.exec('PRAGMA max_page_count = 1000000');
  add(recording, 2_100, 50);
  const seqs = recording.reader.events({ limit: 10_000 }).map(({ event }) => event.seq);
  const gaps = recording.reader.gaps(CLIENT.runId);
  expect(gaps.every(({ reason }) => reason === 'the hub could not write it')).toBe(true);
  expect(seqs.length + gaps.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0)).toBe(2_150);
  expect(seqs.at(-1)).toBe(2_149);
  recording.close();
});

test('DB8 numbers that count the events of some contexts go on when the oldest are erased', () => {
  const recording = open();
  add(recording, 0, 1_000);
  const [runId, contexts] = [CLIENT.runId, ['clinic-a']];
  const [all, half] = [recording.countOf(runId, contexts, 1_000), recording.countOf(runId, contexts, 500)];
  expect([all, half]).toEqual([500, 250]);
  expect(recording.placeBeforeNumber(runId, contexts, 400)).toBeGreaterThan(700);
  const before = recording.placeBeforeNumber(runId, contexts, 400);
  expect(recording.retain(Number.MAX_SAFE_INTEGER, recording.bytes * 0.7)).toBeGreaterThan(100);
  expect([recording.countOf(runId, contexts, 1_000), recording.placeBeforeNumber(runId, contexts, 400), recording.placeBeforeNumber(runId, contexts, 500)]).toEqual([all, before, recording.lastPlace]);
  recording.close();
});

test('a folder that vanishes under the hub is trouble, and no crash', () => {
  const recording = open();
  add(recording, 0, 10);
  rmSync(folder, { recursive: true, force: true });
  for (let i = 1; i < 50; i++) add(recording, i * 100, 100);
  recording.close();
  expect(lines.length).toBeLessThan(3);
});

test('files of recordings are told apart whatever their clients are called', () => {
  const names = ['a', 'A', '../a', 'a/b', 'ａ', '', 'x'.repeat(200), '.', 'con', '\u0000'].map((id) => recordingFile('/r', id));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\/r\/[a-z0-9-]{12,60}\.ctxscope$/);
});
