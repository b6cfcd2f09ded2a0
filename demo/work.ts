import type { ContextClient, ContextHandle } from '../runtime/index.ts';
import { BUSY_PATIENTS, patientId, type DemoDevice } from './clinics.ts';
import type { DemoValues } from './schema.ts';

/** How the person at a device spends the day. Times in ms. */
const STAY = { from: 6_000, to: 13_000 };
const PAUSE = { from: 150, to: 1_100 };
const OFFLINE = { from: 5_000, to: 10_000 };
const FIRST_PRUNE = 20_000;
const PRUNE_EVERY = 45_000;

export interface Day {
  readonly client: ContextClient<DemoValues>;
  readonly device: DemoDevice;
  readonly signal: AbortSignal;
  setOffline(offline: boolean): void;
  wait(ms: number): Promise<void>;
}

const between = ({ from, to }: { from: number; to: number }): number => from + Math.random() * (to - from);
const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** Works in a few clinics in turn, goes offline now and then, and clears out what was not used, until told to stop. */
export async function work(day: Day): Promise<void> {
  let nextPrune = Date.now() + FIRST_PRUNE;
  let current: ContextHandle<DemoValues> | null = null;
  for (let turn = 0; !day.signal.aborted; turn++) {
    const today = day.device.clinics.slice(0, 3);
    const contextId = Math.random() < 0.4 ? rushHour(day) : Math.random() < 0.7 ? pick(today) : pick(day.device.clinics);
    const offline = turn === 1 || (turn > 1 && Math.random() < 0.3);
    try {
      // The one before stays open beside it where the device may have two; else it gives way.
      const before: ContextHandle<DemoValues> | null = current;
      current = await day.client.switchTo(contextId, { signal: day.signal });
      if (before !== null && before.contextId === contextId) await before.release();
      if (offline) day.setOffline(true);
      await stay(day, current, offline ? between(OFFLINE) : between(STAY));
    } catch {
      // Not here and not reachable, overtaken, deactivated from the inspector: the next turn goes on.
      await day.wait(500);
    } finally {
      if (offline) day.setOffline(false);
    }
    if (Date.now() > nextPrune) {
      nextPrune = Date.now() + PRUNE_EVERY;
      await clearOut(day);
    }
  }
}

/** The clinic where everybody is needed just now: there they meet, on the same few patients. */
const rushHour = (day: Day): string => {
  const shared = ['clinic-b', 'clinic-c'].filter((contextId) => day.device.clinics.some((own) => own === contextId));
  return shared[Math.floor(Date.now() / 20_000) % shared.length] ?? day.device.clinics[0];
};

async function stay(day: Day, handle: ContextHandle<DemoValues>, ms: number): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until && !day.signal.aborted && handle.active) {
    await oneThing(handle);
    await day.wait(between(PAUSE));
  }
}

async function oneThing(handle: ContextHandle<DemoValues>): Promise<void> {
  const patient = patientId(handle.contextId, Math.floor(Math.random() * BUSY_PATIENTS));
  const chance = Math.random();
  try {
    if (chance < 0.45) {
      const change = pick([{ ward: pick(['A1', 'A2', 'B1', 'B2', 'C1']) }, { status: pick(['waiting', 'admitted', 'discharged'] as const) }, { phone: `555-01${String(Math.floor(Math.random() * 100)).padStart(2, '0')}` }]);
      await handle.patch('patient', patient, change);
    } else if (chance < 0.7) {
      await handle.put('visit', `${patient}-v1`, { patient, at: new Date().toISOString(), room: `R${1 + Math.floor(Math.random() * 12)}`, pulse: 55 + Math.floor(Math.random() * 60) });
    } else if (chance < 0.9) {
      const note = await handle.get('note', `${patient}-n`);
      const text = note?.text ?? '';
      // A note that grew long is written anew, or the demo would end with a novel.
      const next = text.length > 400 ? 'Seen again. Continues as before.' : `${text} ${pick(['Pain eased.', 'Temperature normal.', 'Sleeps well.', 'Ask about allergies.', 'Next visit in a week.'])}`;
      await handle.put('note', `${patient}-n`, { patient, text: next });
    } else {
      await handle.put('consent', `${patient}-c`, { patient, given: Math.random() < 0.5 });
    }
  } catch (thrown) {
    // A row that another clinic's import lacks is no reason to stop the day; an ended activation is.
    if (!handle.active) throw thrown;
  }
}

/** Prunes one clinic that was not used lately: it comes back from the server when it is next opened. */
async function clearOut(day: Day): Promise<void> {
  const idle = day.client
    .registry()
    .filter((row) => row.kind === 'tenant' && row.lifecycle === 'dormant' && row.partition.present && row.pendingWrites === 0)
    .sort((a, b) => (a.lastAccessAt ?? 0) - (b.lastAccessAt ?? 0));
  const oldest = idle[0];
  if (oldest !== undefined) await day.client.prune({ contexts: [oldest.contextId] });
}
