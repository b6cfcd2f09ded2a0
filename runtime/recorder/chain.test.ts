import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Clock } from '../../shared/base/clock.ts';
import { NodeAppendFiles } from '../platform/node/node-append-files.ts';
import { SegmentChain } from './chain.ts';
import { sizeOf } from './export.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { ABOUT, emptyClient, MemoryAppendFiles } from './testing/parts.ts';

function recorderOn(files: MemoryAppendFiles, limits = { bytes: 80_000, ageMs: 60_000 }) {
  const time = { now: 1_000, timers: 0 };
  const failures: string[] = [];
  const clock: Clock = {
    now: () => time.now,
    monotonic: () => time.now,
    after: () => {
      time.timers++;
      return () => void time.timers--;
    },
  };
  files.now = () => time.now;
  const recorder = new FlightRecorder({ files, clock, hash: () => 0n, about: ABOUT, limits, failed: (message) => failures.push(message) });
  let seq = 0;
  const tell = (count: number, contextId = 'clinic-a', text = 'x'.repeat(100)): void => {
    for (let i = 0; i < count; i++) recorder.event({ seq: ++seq, at: time.now, kind: 'write', contextId, data: { text } });
  };
  return { recorder, time, failures, tell, start: () => recorder.start({ client: emptyClient(), contexts: [], seq: 0 }) };
}

const seqs = (recorder: FlightRecorder): number[] => [...recorder.read()].flat().flatMap((line) => /"event":\{"seq":(\d+)/.exec(line)?.slice(1).map(Number) ?? []);

test('RP1 it stays within its bytes, lets the oldest segment go whole, and each segment starts with a checkpoint', () => {
  const files = new MemoryAppendFiles();
  const { recorder, tell, start } = recorderOn(files);
  start();
  for (let i = 0; i < 200; i++) {
    tell(20);
    recorder.flush();
    expect([...files.files.values()].reduce((sum, file) => sum + file.length, 0)).toBeLessThanOrEqual(80_000);
  }
  const kept = seqs(recorder);
  expect(kept.at(-1)).toBe(4_000);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 4_000 - kept.length + 1 + i));
  expect(kept.length).toBeGreaterThan(250);
  for (const lines of recorder.read()) expect(lines.slice(0, 2).map((line) => (JSON.parse(line) as { k: string }).k)).toEqual(['head', 'state']);
  expect(recorder.status()).toMatchObject({ on: true, limitBytes: 80_000 });
});

test('RP1 it keeps nothing beyond its age', () => {
  const { recorder, tell, start, time } = recorderOn(new MemoryAppendFiles());
  start();
  for (let minute = 0; minute < 5; minute++) {
    tell(3);
    recorder.flush();
    time.now += 30_000;
  }
  // The first minute's are older than the limit by now; a segment goes once all of it is.
  expect(seqs(recorder)[0]).toBeGreaterThan(3);
  expect(seqs(recorder).at(-1)).toBe(15);
});

test('RP1 off, it takes nothing, sets no timer and makes no file', () => {
  const files = new MemoryAppendFiles();
  const { recorder, tell, time } = recorderOn(files);
  tell(10);
  recorder.flush();
  expect([files.files.size, time.timers, recorder.on]).toEqual([0, 0, false]);
});

test('RP1 a disk that is full ends the recording with one word about it, and the app goes on', () => {
  const files = new MemoryAppendFiles(5_000);
  const { recorder, tell, failures, start } = recorderOn(files);
  start();
  for (let i = 0; i < 10; i++) {
    tell(10);
    recorder.flush();
  }
  expect(failures).toEqual(['ENOSPC: no space left on device']);
  expect(recorder.on).toBe(false);
  expect(seqs(recorder).length).toBeGreaterThan(0);
});

test('PR5 RP1 forget takes a context out of every segment and every run, and leaves the events of the others', () => {
  const files = new MemoryAppendFiles();
  const { recorder, tell, start } = recorderOn(files);
  start();
  for (let i = 0; i < 10; i++) {
    tell(10, 'clinic-"secret"', 'a secret of it');
    tell(10, 'clinic-b');
    recorder.flush();
  }
  recorder.event({ seq: 201, at: 1, kind: 'forget', contextId: 'clinic-"secret"', data: { reason: 'asked', discarded: [] } });
  tell(1, 'clinic-b');
  recorder.flush();
  const text = [...files.files.values()].map((bytes) => new TextDecoder().decode(bytes)).join('');
  expect(text).not.toContain('secret');
  expect(seqs(recorder)).toHaveLength(101);
  expect(recorder.on).toBe(true);
});

test('RP1 what another process left is kept, and counts', () => {
  const files = new MemoryAppendFiles();
  const first = recorderOn(files);
  first.start();
  first.tell(20);
  first.recorder.close();
  const second = recorderOn(files);
  second.start();
  second.tell(5);
  second.recorder.flush();
  expect(seqs(second.recorder)).toHaveLength(25);
  expect(second.recorder.status().segments).toBe(2);
});

test('RP1 a last line that was cut off is left out, and so is everything behind a line that is none', () => {
  const files = new MemoryAppendFiles();
  files.append('f-00000001.log', new TextEncoder().encode('{"k":"event","event":{"seq":1}}\n{"k":"event","ev'));
  files.append('other', new TextEncoder().encode('not ours\n'));
  expect(sizeOf(new SegmentChain(files, { bytes: 1, ageMs: 1 }).read())).toEqual({ events: 1, steps: 0 });
});

test('RP1 killed with -9 during 5,000 events a second, everything that was flushed is there, whole and in order', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'flight-'));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'testing/recording-process.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString('utf8');
      if (said.split('\n').length > 12) {
        child.kill('SIGKILL');
        resolve();
      }
    });
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const flushed = Number(said.trim().split('\n').at(-1));
  expect(flushed).toBeGreaterThan(1_000);
  const files = new NodeAppendFiles(dir);
  const chain = new SegmentChain(files, { bytes: 1_048_576, ageMs: 900_000 });
  const events = [...chain.read()].flatMap((lines) => lines.map((line) => JSON.parse(line) as { k: string; event?: { seq: number } })).flatMap((line) => line.event?.seq ?? []);
  expect(events.at(-1)).toBeGreaterThanOrEqual(flushed);
  expect(events).toEqual(Array.from({ length: events.length }, (_, i) => (events[0] ?? 0) + i));
  rmSync(dir, { recursive: true });
});

test('DB5 who follows a chain gets every byte once, whole characters, lines that are longer than a part, and goes on behind segments that are gone', () => {
  const files = new MemoryAppendFiles();
  const chain = new SegmentChain(files, { bytes: 1_000, ageMs: 1_000 });
  const long = `"${'ü€😀'.repeat(40)}"`;
  const segments = [['{"k":"head","n":1}', '"a"', long, '"b"'], ['{"k":"head","n":2}', '"c"']];
  for (const lines of segments) {
    chain.open(0);
    chain.append(new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')), 0);
  }
  const follow = (segment: string | null, offset: number, most: number): { text: string; heads: Set<string> } => {
    let text = '';
    const heads = new Set<string>();
    for (let part = chain.readBehind(segment, offset, most); part !== null; part = part.more ? chain.readBehind(part.segment, part.offset, most) : null) {
      text += part.text;
      heads.add(part.head);
    }
    return { text, heads };
  };
  const whole = segments.flat().map((line) => `${line}\n`).join('');
  for (const most of [23, 64, 100, 1_000]) expect(follow(null, 0, most)).toEqual({ text: whole, heads: new Set(['{"k":"head","n":1}', '{"k":"head","n":2}']) });
  files.append('f-00000001.log', new TextEncoder().encode('{"cut off'));
  expect(follow(null, 0, 100).text).toBe(whole);
  const second = follow('f-00000001.log', 100_000, 100).text;
  expect(second).toBe('{"k":"head","n":2}\n"c"\n');
  chain.clear();
  expect(chain.readBehind(null, 0, 100)).toBeNull();
  chain.open(0);
  chain.append(new TextEncoder().encode('{"k":"head","n":3}\n'), 0);
  expect(chain.readBehind('f-00000001.log', 30, 100)?.text).toBe('{"k":"head","n":3}\n');
  expect(chain.readBehind('f-99999999.log', 30, 100)?.text).toBe('{"k":"head","n":3}\n');
});
