import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { HubKit } from '../../inspector-server/testing/hub-kit.ts';
import type { ScriptedAgent } from '../../inspector-server/testing/scripted-agent.ts';
import { ScriptedSession } from '../../inspector-server/testing/scripted-session.ts';
import type { HubOptions } from '../../inspector-server/index.ts';

export interface Stage {
  readonly kit: HubKit;
  readonly url: string;
  readonly agent: ScriptedAgent;
  link(): string;
  end(): Promise<void>;
}

/** A hub with one scripted client that has 25 minutes behind it, for tests in a browser. */
export async function stage(options: Partial<HubOptions> = {}): Promise<Stage> {
  const kit = new HubKit();
  const hub = await kit.hub(options);
  const session = new ScriptedSession(Date.now());
  const history = session.history(Date.now(), 25);
  const agent = await kit.agent(hub, { session, client: { clientId: 'k-rounds', runId: 'r-1', deviceId: 'chrome-amelie' } });
  agent.emit(history);
  agent.changed([...session.entries.keys()]);
  return { kit, url: hub.url, agent, link: () => hub.newLink(), end: () => kit.end() };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The same in both themes, then docked and narrow; the page stays narrow. */
export async function seriousFindingsInEveryLook(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (name: string): Promise<void> => void found.push(...(await seriousFindings(page)).map((line) => `${name}: ${line}`));
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await look(colorScheme);
  }
  for (const size of [{ width: 1_000, height: 420 }, { width: 360, height: 760 }]) {
    await page.setViewportSize(size);
    await look(`${size.width} wide`);
  }
  return found;
}

/** What an accessibility run finds that is serious or worse, one line each. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as { axe: { run: (root: Document, options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
    const { violations } = await run.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}
