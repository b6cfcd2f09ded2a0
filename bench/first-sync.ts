import { fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './server-figure.ts';
import { against, inTurns, megabytes, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { SIZES } from './support/data.ts';
import { download } from './support/download.ts';
import { startServer, type BenchServer } from './support/server.ts';

// From nothing until live and on the disk with its declared index built; against the same file by plain HTTP, synced and opened. The server
// keeps the file ready, as it does from the second device of a context on.

const MAX_WIRE = 10.5;
const MAX_MEMORY = 130;

export const firstSync: Bench = {
  name: 'first-sync',
  about: 'a large context from nothing until live and durable, against a plain download of the same file',
  run: async (run) => {
    const rows = run.quick ? 5_000 : SIZES.large;
    run.progress(`making a context of ${rows} rows`);
    await using server = await startServer(run.folder(), [{ contextId: 'clinic', kind: 'tenant', rows }]);
    const floorFile = join(run.folder(), 'floor.sqlite');
    const sample = (indexes: readonly string[]) => (): Promise<number> => fromNothing(run, server, indexes);
    const { ours, bare, floor } = await inTurns(run.quick ? 3 : 15, { ours: sample(['name']), bare: sample([]), floor: () => timed(() => download(server.plainUrl, 'clinic', floorFile)) });
    const bytes = statSync(server.file('clinic')).size;
    const detail = `${rows} rows, ${megabytes(bytes)}; without a declared index ${median(bare).toFixed(0)} ms`;
    return [against('first-sync', ours, floor, 2, detail), await wire(server, bytes), await memory(run, server)];
  },
};

async function fromNothing(run: BenchRun, server: BenchServer, indexes: readonly string[]): Promise<number> {
  const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, indexes, deviceId: crypto.randomUUID() });
  await welcomed(client);
  const isLive = live(client, 'clinic');
  const took = await timed(async () => {
    await client.activate('clinic');
    await isLive;
  });
  await client.close();
  return took;
}

/** What goes over the wire to a client that asks for it compressed. */
async function wire(server: BenchServer, bytes: number): Promise<Figure> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(server.wsUrl);
  const frames: { type: string; snapshot?: { url: string } }[] = [];
  const arrived = (type: string) =>
    new Promise<(typeof frames)[number]>((resolve) => {
      socket.on('message', (data) => {
        const frame = JSON.parse((data as Buffer).toString()) as (typeof frames)[number];
        if (frame.type === type) resolve(frame);
      });
    });
  await new Promise((resolve) => socket.once('open', resolve));
  const [welcome, activated] = [arrived('WELCOME'), arrived('CONTEXT_ACTIVATED')];
  socket.send(JSON.stringify({ type: 'HELLO', protocol: 1, token: server.token, deviceId: 'wire', app: 'bench' }));
  await welcome;
  socket.send(JSON.stringify({ type: 'ACTIVATE_CONTEXT', contextId: 'clinic', activationId: 'a', sinceVersion: 0, seenVersion: 0, schemaVersion: 1 }));
  const { snapshot } = await activated;
  const response = await fetch(`${server.url}${snapshot?.url ?? ''}&encoding=br`, { method: 'HEAD', headers: { authorization: `Bearer ${server.token}` } });
  socket.terminate();
  const value = Number(response.headers.get('content-length')) / 1_048_576;
  return { name: 'first-sync wire', value, unit: 'MB', floor: bytes / 1_048_576, ratio: (value * 1_048_576) / bytes, target: `≤ ${MAX_WIRE} MB`, ok: value <= MAX_WIRE, detail: 'the snapshot compressed with Brotli, for those who ask for it so; the time above is without' };
}

/** The client's process as one JavaScript file, as an app ships it: stripping types at its start would take memory of its own. */
async function bundled(run: BenchRun): Promise<string> {
  // Loaded late: it stays in memory, and another benchmark looks at that.
  const { build } = await import('vite');
  const outDir = run.folder();
  const entry = fileURLToPath(new URL('support/client-process.ts', import.meta.url));
  await build({ configFile: false, logLevel: 'silent', build: { ssr: entry, outDir, target: 'node22', rolldownOptions: { output: { entryFileNames: 'client.mjs' } } }, ssr: { noExternal: true } });
  return join(outDir, 'client.mjs');
}

/** The peak of a process that does nothing but this. */
async function memory(run: BenchRun, server: BenchServer): Promise<Figure> {
  const [idle, peak] = [await peakOf(run, server, false), await peakOf(run, server, true)];
  return { name: 'first-sync memory', value: peak, unit: 'MB', floor: idle, ratio: peak / idle, target: `≤ ${MAX_MEMORY} MB`, ok: peak <= MAX_MEMORY, detail: 'peak resident memory of a client process; the floor is the same process that only connects' };
}

export async function peakOf(run: BenchRun, server: BenchServer, sync: boolean): Promise<number> {
  const child = fork(await bundled(run), [], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  child.send({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, contextId: sync ? 'clinic' : null });
  return new Promise((resolve, reject) => {
    child.once('message', (kilobytes) => resolve(Number(kilobytes) / 1_024));
    child.once('exit', (exit) => reject(new Error(`The client process ended (${exit})`)));
  });
}
