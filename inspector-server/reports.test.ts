import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleRecording } from '../shared/recording/testing/sample.ts';
import type { Hub } from './index.ts';
import { HubKit, until } from './testing/hub-kit.ts';

let kit: HubKit;
let hub: Hub;
let report = new Uint8Array();
beforeEach(async () => {
  kit = new HubKit();
  hub = await kit.hub({ limits: { reportBytes: 500_000, allReportsBytes: 900_000 } });
  const file = join(kit.folder, 'report.ctxscope');
  sampleRecording(file, 500).close();
  report = readFileSync(file);
});
afterEach(() => kit.end());

const ID = 'report-0001';

async function send(body: Uint8Array, headers: Record<string, string> = {}, token = kit.token): Promise<{ status: number; answer: { have?: number; file?: string; error?: { code: string; data?: { have?: number } } } }> {
  const response = await fetch(`${hub.url}/reports`, { method: 'POST', headers: { authorization: `Bearer ${token}`, ...headers }, body: Uint8Array.from(body) });
  return { status: response.status, answer: (await response.json()) as { have?: number } };
}

const part = (from: number, to: number, id = ID): Promise<Awaited<ReturnType<typeof send>>> => send(report.subarray(from, to), { 'content-range': `bytes ${from}-${to - 1}/${report.length}`, 'report-id': id });
const inbox = (): string[] => readdirSync(join(kit.dataDir, 'reports'));

test('a report that is a recording is taken in, listed, and can be opened', async () => {
  const { status, answer } = await send(report);
  expect(status).toBe(201);
  const inspector = await kit.inspector(hub, '/hub');
  expect((await inspector.call('Hub.reports', {})).reports).toEqual([{ file: answer.file, bytes: report.length, receivedAt: expect.any(Number) }]);
  const opened = await fetch(`${hub.url}/reports/${answer.file}`, { headers: { authorization: `Bearer ${kit.token}` } });
  expect(Buffer.from(await opened.arrayBuffer()).equals(report)).toBe(true);
});

test('RP6 what a report holds is told after it was checked; a name that leads elsewhere is none', async () => {
  const { answer } = await send(report);
  const inspector = await kit.inspector(hub, '/hub');
  expect(await inspector.call('Hub.openReport', { file: answer.file ?? '' })).toMatchObject({ file: answer.file, bytes: report.length, events: 500, steps: 0, clients: [expect.objectContaining({ runId: expect.any(String) })] });
  writeFileSync(join(kit.dataDir, 'reports', 'damaged.ctxscope'), report.subarray(0, 8_192));
  expect(await inspector.refusal('Hub.openReport', { file: 'damaged.ctxscope' })).toMatch(/DAMAGED_RECORDING|NOT_A_RECORDING/);
  for (const file of ['../hub.json', 'nothing.ctxscope', '']) expect(await inspector.refusal('Hub.openReport', { file })).toBe('NOT_FOUND');
});

test('a paired app may send one; without a token nobody can', async () => {
  expect((await send(report, {}, await kit.paired(hub, {}))).status).toBe(201);
  expect((await send(report, {}, 'nobody')).status).toBe(401);
  expect(inbox()).toHaveLength(1);
});

test('an upload in parts goes on after a cut', async () => {
  expect(await part(0, 10_000)).toMatchObject({ status: 202, answer: { have: 10_000 } });
  // A part that was sent twice, and one that is too far on, are told where to go on.
  expect(await part(0, 10_000)).toMatchObject({ status: 409, answer: { error: { code: 'CONFLICT', data: { have: 10_000 } } } });
  expect(await part(20_000, 30_000)).toMatchObject({ status: 409, answer: { error: { data: { have: 10_000 } } } });
  expect(await send(new Uint8Array(), { 'content-range': `bytes */${report.length}`, 'report-id': ID })).toMatchObject({ status: 202, answer: { have: 10_000 } });
  expect(await part(10_000, report.length)).toMatchObject({ status: 201 });
  expect(inbox()).toEqual([expect.stringMatching(/\.ctxscope$/)]);
});

test('what came before the connection broke stays', async () => {
  const { request } = await import('node:http');
  const broken = request({ host: '127.0.0.1', port: hub.port, path: '/reports', method: 'POST', headers: { authorization: `Bearer ${kit.token}`, 'content-length': report.length, 'content-range': `bytes 0-${report.length - 1}/${report.length}`, 'report-id': ID } });
  broken.on('error', () => undefined);
  broken.write(report.subarray(0, 30_000));
  await until(async () => (await send(new Uint8Array(), { 'content-range': `bytes */${report.length}`, 'report-id': ID })).answer.have === 30_000);
  broken.destroy();
  expect(await part(30_000, report.length)).toMatchObject({ status: 201 });
});

test('RP6 what is no recording is refused and not kept', async () => {
  expect(await send(new TextEncoder().encode('<script>alert(1)</script>'))).toMatchObject({ status: 422, answer: { error: { code: 'NOT_A_RECORDING' } } });
  expect(await send(report.subarray(0, 20_480))).toMatchObject({ status: 422, answer: { error: { code: 'DAMAGED_RECORDING' } } });
  const trigger = sampleRecording(':memory:', 5);
  trigger.exec('CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM meta; END');
  expect(await send(trigger.serialize())).toMatchObject({ status: 422, answer: { error: { code: 'NOT_A_RECORDING' } } });
  expect(inbox()).toEqual([]);
});

test('size is bounded: of one report, and of all of them', async () => {
  expect(await send(new Uint8Array(500_001))).toMatchObject({ status: 413 });
  expect(await send(report.subarray(0, 10), { 'content-range': 'bytes 0-9/999999999', 'report-id': ID })).toMatchObject({ status: 413 });
  let taken = 0;
  while ((await send(report)).status === 201) taken++;
  expect(taken).toBeGreaterThan(1);
  expect(taken).toBeLessThan(20);
});

test.each([
  ['a range that is none', { 'content-range': 'bytes 5', 'report-id': ID }],
  ['a range without a name', { 'content-range': 'bytes 0-9/20' }],
  ['a name without a range', { 'report-id': ID }],
  ['a name that leads out of the folder', { 'content-range': 'bytes 0-9/20', 'report-id': '../../evil' }],
  ['a range that is not as long as the body', { 'content-range': 'bytes 0-99/200', 'report-id': ID }],
])('%s is refused', async (_what, headers) => {
  expect(await send(new Uint8Array(10), headers)).toMatchObject({ status: 400, answer: { error: { code: 'BAD_PARAMS' } } });
  expect(inbox()).toEqual([]);
});

test('no name leads out of the folders', async () => {
  for (const name of ['..%2f..%2fhub.json', '%2e%2e%2fhub.json', 'hub.json', '..%2ftokens.json']) {
    for (const folder of ['reports', 'recordings']) expect((await fetch(`${hub.url}/${folder}/${name}`, { headers: { authorization: `Bearer ${kit.token}` } })).status, name).toBe(404);
  }
});
