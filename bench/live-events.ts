import { WebSocket } from 'ws';
import type { Page } from 'playwright-core';
import type { Bench } from './support/bench.ts';
import { startStage } from './support/inspector-page.ts';

// 5,000 events a second, as they happen, through the real hub into the inspector's timeline; beside it a page that receives the same frames over
// the same hub and does nothing with them. Counted are animation frames of more than 50 ms: what a person feels as a page that sticks.

const PER_SECOND = 5_000;
const EVERY_MS = 50;
const CONTEXTS = 14;
const MOST_MORE = 2;

export const liveEvents: Bench = {
  name: 'live-events',
  about: 'frames of more than 50 ms a minute while 5,000 events a second arrive in the inspector, against a page that only receives them',
  run: async (run) => {
    const [turns, seconds] = run.quick ? [1, 4] : [3, 20];
    await using stage = await startStage(run.folder());
    const agent = await LiveAgent.connect(stage.hub.agentUrl);
    const token = stage.token();
    const page = await stage.inspector('panel=timeline');
    await page.getByText('Connected').waitFor();
    const empty = await stage.bare('listens', `?${new URLSearchParams({ client: agent.clientId, token })}`);
    try {
      // Both receive all the time, and in turns each is the one that is looked at.
      const counted = { ours: 0, theirs: 0 };
      for (let turn = 0; turn < turns; turn++) {
        for (const [whose, looked] of [['ours', page], ['theirs', empty]] as const) {
          await looked.bringToFront();
          await agent.tell(2);
          const before = await longFrames(looked);
          await agent.tell(seconds);
          counted[whose] += (await longFrames(looked)) - before;
        }
        run.progress(`${counted.ours} long frames against ${counted.theirs}`);
      }
      const [ours, theirs] = [counted.ours, counted.theirs].map((count) => (count * 60) / (turns * seconds)) as [number, number];
      await page.bringToFront();
      const shown = await page.evaluate<string>(`document.querySelector('.topbar')?.textContent ?? ''`);
      return [{ name: 'live-events', value: ours, unit: 'long frames/min', floor: theirs, ratio: ours / Math.max(1, theirs), target: `≤ floor + ${MOST_MORE}`, ok: ours <= theirs + MOST_MORE, detail: `${agent.told} events told, ${/seq [\d,]+/.exec(shown)?.[0] ?? 'none'} shown` }];
    } finally {
      agent.close();
    }
  },
};

const longFrames = (page: Page): Promise<number> => page.evaluate<number>('longFrames.filter((ms) => ms > 50).length');

/** A client that tells events at a steady rate, as far as the hub gives it credit. */
class LiveAgent {
  readonly clientId = crypto.randomUUID();
  told = 0;
  readonly #runId = crypto.randomUUID();
  readonly #socket: WebSocket;
  #credit = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async connect(url: string): Promise<LiveAgent> {
    const socket = new WebSocket(url);
    const agent = new LiveAgent(socket);
    const welcomed = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as { id?: number; method?: string; params?: { bytes: number }; result?: { credit?: number } };
        if (message.id === 1 && message.method === undefined) resolve();
        else if (message.id !== undefined && message.method !== undefined) agent.#answer(message.id, message.method);
        agent.#credit += message.result?.credit ?? (message.method === 'Hub.credit' ? (message.params?.bytes ?? 0) : 0);
      });
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ id: 1, method: 'Hub.hello', params: { protocol: 1, role: 'agent', client: agent.#info(), firstSeq: 1 } }));
    await welcomed;
    return agent;
  }

  /** Tells events for so many seconds, at the rate. */
  async tell(seconds: number): Promise<void> {
    const started = performance.now();
    const [from, all] = [this.told, PER_SECOND * seconds];
    while (this.told - from < all) {
      const due = Math.min(all, ((performance.now() - started) / 1_000) * PER_SECOND) - (this.told - from);
      if (due >= 1 && this.#credit > 0) this.#send(Math.floor(due));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #send(count: number): void {
    const events = Array.from({ length: count }, (_, i) => eventOf(this.told + i + 1));
    this.told += count;
    const text = JSON.stringify({ method: 'Client.events', params: { runId: this.#runId, events } });
    this.#credit -= text.length;
    this.#socket.send(text);
  }

  #answer(id: number, method: string): void {
    const result = method === 'Client.enable' ? { runId: this.#runId, nextSeq: this.told + 1 } : method === 'Registry.list' ? { entries: [], at: Date.now() } : this.#info();
    this.#socket.send(JSON.stringify({ id, result }));
  }

  #info() {
    return { clientId: this.clientId, runId: this.#runId, deviceId: 'd-1', title: 'Live', type: 'node', app: 'bench', platform: 'node', runtimeVersion: '0', userId: 'u-1', startedAt: Date.now(), capabilities: ['Client.getInfo', 'Client.enable', 'Registry.list'], valuePolicy: 'full' };
  }
}

/** Deltas, and now and then a conflict or an activation, of contexts in turns. */
function eventOf(seq: number): object {
  const base = { seq, at: Date.now(), contextId: `clinic-${seq % CONTEXTS}`, activationId: `a-${seq % CONTEXTS}` };
  if (seq <= CONTEXTS) return { ...base, kind: 'lifecycle', data: { from: 'activating', to: 'active', serverVersion: seq } };
  if (seq % 50 === 0) return { ...base, kind: 'conflict', entity: 'patient', entityId: `p-${seq % 400}`, mutationIds: [`m-${seq}`], fromVersion: seq - 1, toVersion: seq, data: { conflictId: `k-${seq}`, strategy: 'fields', winner: 'merged', state: 'automatic', theirDevice: 'ipad-ward-3', theirVersion: seq, decided: [] } };
  return { ...base, kind: 'delta', entity: 'patient', entityId: `p-${seq % 400}`, fromVersion: seq - 1, toVersion: seq, bytes: 480, durationMs: 0.8, mutationIds: [`m-${seq}`], data: { changes: 1, own: 0, serverVersion: seq + 1, filled: false } };
}
