import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { startDemo, type Demo } from '../../demo/index.ts';
import { patientId } from '../../demo/clinics.ts';
import { schema, type DemoValues, type Visit } from '../../demo/schema.ts';
import { readHubFile } from '../../inspector-server/index.ts';
import { startAgent, type Agent, type AgentOptions } from '../../runtime/agent/index.ts';
import { createContextClient, type ContextClient } from '../../runtime/index.ts';
import { nodePlatform } from '../../runtime/platform/node/index.ts';
import { deviceId as parseDeviceId } from '../../shared/core/ids.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';
import { issueToken } from '../../sync-server/index.ts';
import { launchChromium, type Browser } from '../support/chromium.ts';
import { until } from '../support/until.ts';

// The demo as `npm start` runs it, with its three devices at work, and beside them devices that a test holds, so that what a page does to them is
// not undone by somebody at work. One kit a test file:
//
//   let kit: DemoKit;
//   beforeAll(async () => { kit = await DemoKit.open(); desk = await kit.device('desk-1'); page = await kit.attach(desk); }, 180_000);
//   afterAll(() => kit?.close(), 60_000);
//
// `paired` opens a page that may only look, or only at some contexts; `collide` makes a conflict between two devices; `kit.demo` is the demo itself
// (its link: `kit.demo.hub.newLink()`). What is wrong for those who cannot see is told by `seriousFindings(page)` of the inspector kit. Files run one
// after another, each with a demo of its own, which starts in seconds. `close` fails when a page reported an error (`problems`: take out what a
// test provoked), and when a device's own steps do not run again to the same outputs (RP8).

/** A device of the test's own. */
export interface Desk {
  readonly deviceId: string;
  readonly client: ContextClient<DemoValues>;
  readonly agent: Agent;
  /** While it holds, pushes wait: what is written is pending. */
  hold(on: boolean): void;
  close(): Promise<void>;
}

export class DemoKit {
  readonly folder = mkdtempSync(join(tmpdir(), 'contextscope-demo-'));
  /** What pages complained about; a test that provokes an error takes it out. */
  readonly problems: string[] = [];
  /** What stands in the terminal. */
  readonly lines: string[] = [];
  readonly #runs: { readonly deviceId: string; readonly steps: StepRecord[] }[] = [];
  readonly #desks: Desk[] = [];
  #demo: Demo | null = null;
  #browser: Browser | null = null;

  static async open(): Promise<DemoKit> {
    const kit = new DemoKit();
    [kit.#demo, kit.#browser] = await Promise.all([startDemo({ port: 0, host: '127.0.0.1', dataDir: kit.dataDir, open: false }, (line) => void kit.lines.push(line)), launchChromium({ width: 1_440, height: 900 })]);
    return kit;
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get demo(): Demo {
    if (this.#demo === null) throw new Error('The demo does not run');
    return this.#demo;
  }

  get browser(): Browser {
    if (this.#browser === null) throw new Error('There is no browser');
    return this.#browser;
  }

  /** A device as an app has it: a client on real files, with a flight recorder, and its agent. */
  async device(deviceId: string, { values = 'full', userId = 'amelie', aheadMs = () => 0 }: { readonly values?: AgentOptions['values']; readonly userId?: string; /** How far its clock is ahead. */ readonly aheadMs?: () => number } = {}): Promise<Desk> {
    const secret = Buffer.from(readFileSync(join(this.dataDir, 'secret'), 'utf8').trim(), 'hex');
    const platform = await nodePlatform({ dir: join(this.folder, deviceId) });
    const steps: StepRecord[] = [];
    let holding = false;
    let held: (() => void)[] = [];
    const client = createContextClient({
      platform: {
        ...platform,
        clock: { ...platform.clock, now: () => platform.clock.now() + aheadMs() },
        dial: (url, handlers) => {
          const socket = platform.dial(url, handlers);
          return { ...socket, send: (text) => (holding && text.includes('"PUSH"') ? void held.push(() => socket.send(text)) : socket.send(text)) };
        },
      },
      deviceId,
      auth: { userId, token: () => issueToken({ userId, secret }) },
      endpoints: [this.demo.server.wsUrl],
      schema,
      app: 'Desk',
      flightRecorder: true,
      recorder: { record: (step) => void steps.push(structuredClone(step)) },
    });
    this.#runs.push({ deviceId, steps });
    const agent = startAgent(client, { platform, hub: this.demo.hub.agentUrl.replace(/\/agent$/, ''), title: `Desk ${deviceId}`, values });
    const hold = (on: boolean): void => {
      holding = on;
      if (on) return;
      for (const send of held) send();
      held = [];
    };
    const close = async (): Promise<void> => {
      hold(false);
      agent.stop();
      await client.close();
    };
    const desk = { deviceId, client, agent, hold, close };
    this.#desks.push(desk);
    await until(() => agent.connected && client.registry().length > 0, `${deviceId} is connected`);
    return desk;
  }

  /** A page with the inspector attached to a device. */
  async attach(desk: Pick<Desk, 'deviceId'>, { width = 1_440, height = 900 }: { readonly width?: number; readonly height?: number } = {}): Promise<Page> {
    const page = await this.page(this.demo.hub.newLink());
    await page.setViewportSize({ width, height });
    await page.getByRole('row').filter({ hasText: desk.deviceId }).getByRole('button', { name: 'Attach' }).click();
    await page.getByRole('tab', { name: /^Contexts/ }).waitFor();
    await page.getByText('Connected').first().waitFor();
    return page;
  }

  /** A page at an address, whose errors are kept. */
  async page(url: string): Promise<Page> {
    const page = await this.browser.context.newPage();
    page.setDefaultTimeout(20_000);
    // Playwright turns to file choosers with the first listener, and not before a key that comes right behind it.
    page.on('filechooser', () => undefined);
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** A page of somebody who was let in by a pairing code, by default to look only. */
  async paired(offer: { readonly mode?: 'observe' | 'control'; readonly contexts?: readonly string[] } = {}): Promise<Page> {
    const { url } = this.demo.hub;
    const post = (path: string, body: object): Promise<Response> => fetch(`${url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${readHubFile(this.dataDir)?.token ?? ''}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    await post('/pairing', offer);
    const code = this.pairingCode();
    const { token } = (await (await post('/pair', { code, name: 'A test' })).json()) as { token: string };
    return await this.page(`${url}/#token=${encodeURIComponent(token)}`);
  }

  /** The 6 digits that stand in the terminal last. */
  pairingCode(): string {
    return /code is (\d{3}) (\d{3})/.exec(this.lines.findLast((line) => line.includes('code is')) ?? '')?.slice(1).join('') ?? '';
  }

  /** Both devices change one field of a visit of a context before either hears of the other: `desk` keeps the conflict. */
  async collide(desk: Desk, other: Desk, contextId: string, visitId: string): Promise<void> {
    const visit = (pulse: number): Visit => ({ patient: patientId(contextId, 1), at: '2026-01-01T09:00:00Z', room: 'R1', pulse });
    const [here, there] = await Promise.all([desk.client.activate(contextId), other.client.activate(contextId)]);
    await here.put('visit', visitId, visit(60));
    await until(async () => (await there.get('visit', visitId)) !== undefined && (await here.outbox()).length === 0, `${visitId} is on both devices`);
    desk.hold(true);
    await here.put('visit', visitId, visit(61));
    await there.put('visit', visitId, visit(99));
    await until(async () => (await there.outbox()).length === 0, 'the other device was first');
    desk.hold(false);
    await until(async () => (await desk.client.control.conflicts(contextId, null, 100)).some(({ entityId }) => entityId === visitId), `${visitId} is in conflict`, 30_000);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    for (const desk of this.#desks) await desk.close().catch(() => undefined);
    await this.#demo?.stop();
    for (const { deviceId, steps } of this.#runs) {
      expect(reExecute(steps, { deviceId: parseDeviceId(deviceId), schema: schema.functions.info, sync: { digest: 'replay', maxHeldBytes: 4_194_304 } })).toEqual({ verdict: 'identical', steps: steps.length });
    }
    rmSync(this.folder, { recursive: true, force: true });
    expect(this.problems).toEqual([]);
  }
}
