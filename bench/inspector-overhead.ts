import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startAgent, type Agent } from '../runtime/agent/index.ts';
import type { ContextClient } from '../runtime/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { throughEngine } from './delta-sync.ts';
import { median } from './server-figure.ts';
import { inTurns, several, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { live, openClient, toggler, welcomed } from './support/client.ts';
import { patient } from './support/data.ts';
import { deltasOf } from './support/seam.ts';
import { startServer } from './support/server.ts';

// What it costs a client to be looked at: deltas, switches and the way of a write to another device, with no agent, with an agent connected to a hub that records (with and without
// values), and with the flight recorder on. The hub is a process of its own, on the same cores.

const HOWS = ['plain', 'agent', 'values', 'recorder'] as const;
type How = (typeof HOWS)[number];
const AT_MOST: { readonly [how in How]: number } = { plain: 1, agent: 1.05, values: 1.05, recorder: 1.02 };
const WORDS: { readonly [how in How]: string } = { plain: 'no agent', agent: 'agent attached, without values', values: 'agent attached, with values', recorder: 'flight recorder on' };

export const inspectorOverhead: Bench = {
  name: 'inspector-overhead',
  about: 'delta-sync, switch and latency with an agent attached or the flight recorder on, against themselves without',
  run: async (run) => {
    const hub = fork(fileURLToPath(new URL('support/hub-process.ts', import.meta.url)), [], { execArgv: ['--disable-warning=ExperimentalWarning'] });
    try {
      hub.send(run.folder());
      const url = await new Promise<string>((resolve, reject) => {
        hub.once('message', ({ url: address }: { url: string }) => resolve(address.replace(/^http/, 'ws')));
        hub.once('exit', (exit) => reject(new Error(`The hub ended (${exit})`)));
      });
      return [...(await deltas(run, url)), ...(await switches(run, url)), ...(await latency(run, url))];
    } finally {
      hub.disconnect();
    }
  },
};

async function attach(run: BenchRun, client: ContextClient<never>, how: How, hub: string): Promise<Agent | null> {
  if (how !== 'agent' && how !== 'values') return null;
  const agent = startAgent(client, { platform: await nodePlatform({ dir: run.folder() }), hub, clientId: crypto.randomUUID(), values: how === 'values' ? 'full' : 'structure' });
  while (!agent.connected) await new Promise((resolve) => setTimeout(resolve, 5));
  return agent;
}

async function deltas(run: BenchRun, hub: string): Promise<readonly Figure[]> {
  const rows = run.quick ? 2_000 : 20_000;
  const frames = await deltasOf('clinic', rows);
  const contestant = (how: How) => (): Promise<number> =>
    throughEngine(run, frames, rows, { flightRecorder: how === 'recorder', watch: (client) => attach(run, client, how, hub) });
  const samples = await inTurns(run.quick ? 2 : 20, { plain: contestant('plain'), agent: contestant('agent'), values: contestant('values'), recorder: contestant('recorder') });
  return figures('delta-sync', samples, `${rows} rows`);
}

async function switches(run: BenchRun, hub: string): Promise<readonly Figure[]> {
  const rows = run.quick ? 500 : 10_000;
  await using server = await startServer(run.folder(), ['clinic-0', 'clinic-1'].map((contextId) => ({ contextId, kind: 'tenant' as const, rows })));
  const open = async (how: How) => {
    const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, deviceId: crypto.randomUUID(), more: { flightRecorder: how === 'recorder' } });
    await welcomed(client);
    const agent = await attach(run, client, how, hub);
    const toggle = toggler(client);
    for (let i = 0; i < 10; i++) await toggle();
    const close = async (): Promise<void> => {
      agent?.stop();
      await client.close();
    };
    return { sample: () => several(6, () => timed(toggle)), close };
  };
  const [plain, agent, values, recorder] = [await open('plain'), await open('agent'), await open('values'), await open('recorder')];
  const samples = await inTurns(run.quick ? 2 : 25, { plain: plain.sample, agent: agent.sample, values: values.sample, recorder: recorder.sample });
  for (const one of [plain, agent, values, recorder]) await one.close();
  return figures('switch', samples, `two contexts of ${rows} rows`);
}

/** From a write on one device until another one has it, both looked at in the same way. */
async function latency(run: BenchRun, hub: string): Promise<readonly Figure[]> {
  await using server = await startServer(run.folder(), HOWS.map((how) => ({ contextId: `clinic-${how}`, kind: 'tenant' as const, rows: 10 })));
  const open = async (how: How) => {
    const contextId = `clinic-${how}`;
    const device = async () => {
      const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, deviceId: crypto.randomUUID(), more: { flightRecorder: how === 'recorder' } });
      await welcomed(client);
      const agent = await attach(run, client, how, hub);
      const isLive = live(client, contextId);
      const handle = await client.activate(contextId);
      await isLive;
      return { client, agent, handle };
    };
    const [writer, reader] = [await device(), await device()];
    let n = 0;
    const write = async (): Promise<void> => {
      const id = `p-${++n}`;
      const arrived = new Promise<void>((resolve) => {
        const undo = reader.client.onEvent((event) => {
          if (event.kind !== 'delta') return;
          undo();
          resolve();
        });
      });
      await writer.handle.put('patient' as never, id, patient(n) as never);
      await arrived;
    };
    for (let i = 0; i < 20; i++) await write();
    const close = async (): Promise<void> => {
      for (const { agent, client } of [writer, reader]) {
        agent?.stop();
        await client.close();
      }
    };
    return { sample: () => several(8, () => timed(write)), close };
  };
  const [plain, agent, values, recorder] = [await open('plain'), await open('agent'), await open('values'), await open('recorder')];
  const samples = await inTurns(run.quick ? 2 : 25, { plain: plain.sample, agent: agent.sample, values: values.sample, recorder: recorder.sample });
  for (const one of [plain, agent, values, recorder]) await one.close();
  return figures('latency', samples, 'a write until another device has it');
}

function figures(what: string, samples: { readonly [how in How]: readonly number[] }, detail: string): Figure[] {
  const floor = median(samples.plain);
  return HOWS.filter((how) => how !== 'plain').map((how) => {
    const value = median(samples[how]);
    return { name: `overhead ${what} ${how}`, value, unit: 'ms', floor, ratio: value / floor, target: `≤ ${AT_MOST[how]} × without`, ok: value / floor <= AT_MOST[how], detail: `${WORDS[how]}; ${detail}` };
  });
}
