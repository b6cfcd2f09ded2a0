import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execPath } from 'node:process';
import { expect, test } from 'vitest';
import { Clinic, until } from './testing/clinic.ts';

const WRITER = join(import.meta.dirname, 'testing/writer-process.ts');
const LANES = 4;
/** Per lane; fewer where the machine is so busy that they would take longer than this. */
const KILLS = 25;
const DEADLINE_MS = 35_000;

/** Runs the writer until it is killed, some time after its first acknowledgement; returns what it said was done. */
async function runAndKill(args: readonly string[], afterMs: number, whileAlive: () => Promise<void>): Promise<string[]> {
  const child = spawn(execPath, ['--disable-warning=ExperimentalWarning', WRITER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const acknowledged: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  let killed = false;
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length > 1) return;
      void whileAlive().then(() => {
        setTimeout(() => {
          killed = child.kill('SIGKILL');
          resolve();
        }, afterMs);
      }, reject);
    });
    child.once('exit', () => (killed ? resolve() : reject(new Error(`the writer ended by itself: ${errors.slice(0, 800)}`))));
  });
  await ended;
  return acknowledged;
}

test('SY2 OB8 IS2: a process that is killed again and again, 100 times where there is time for it, loses none of the writes that it acknowledged', { timeout: 120_000 }, async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-b']);
  const token = await clinic.token('amelie');
  const deadline = performance.now() + DEADLINE_MS;
  let kills = 0;
  let checked = 0;
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const dir = clinic.folder();
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS && performance.now() < deadline; kill++) {
      kills++;
      const locked = async (): Promise<void> => {
        if (kill === 0) await expect(clinic.device('device-killed', { dir })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      };
      // Numbers of its own per run, so that no later write stands in for one that was lost.
      const from = (lane * KILLS + kill) * 100_000;
      acknowledged.push(...(await runAndKill([dir, clinic.server.wsUrl, token, String(from), `device-killed-${lane}`], Math.floor(Math.random() * 150), locked)));
    }
    return { dir, lane, acknowledged };
  });
  const runs = await Promise.all(lanes);
  for (const { dir, lane, acknowledged } of runs) {
    const { client } = await clinic.device(`device-killed-${lane}`, { dir });
    for (const contextId of ['clinic-a', 'clinic-b']) {
      const handle = await client.switchTo(contextId);
      const visits = acknowledged.filter((line) => /^\S+ \d+$/.test(line) && line.startsWith(contextId)).map((line) => line.split(' ')[1]);
      const found = new Set((await handle.query(`SELECT json_extract(_value, '$.at') AS at FROM visit`, [], { maxRows: 1_000_000 })).map((row) => String(row['at'])));
      expect(visits.filter((id) => !found.has(id ?? ''))).toEqual([]);
      checked += visits.length;
      expect((await client.control.verify(contextId)).ok).toBe(true);
      await until(async () => (await handle.outbox()).length === 0, 'everything is on the server', 20_000);
    }
    await client.close();
  }
  // At least one batch of five was acknowledged in every run.
  expect(checked).toBeGreaterThanOrEqual(kills);
  expect(kills).toBeGreaterThan(LANES);
});
