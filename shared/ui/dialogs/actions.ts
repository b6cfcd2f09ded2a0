import { codeOf, messageOf } from '../../base/app-error.ts';
import type { MethodName, ParamsOf, ResultOf } from '../../protocol/debug/index.ts';
import { formatCount, formatMs } from '../../views/format.ts';
import type { IconName } from '../components/icons.tsx';
import type { Inspector } from '../state/inspector.ts';

/** DB2: names one call, so that a retry does it once. */
export const newCommandId = (): string => `c-${crypto.randomUUID()}`;

export interface Deed {
  readonly icon: IconName;
  readonly tone: string;
  /** While it runs, and when it failed. */
  readonly doing: string;
  readonly failed: string;
  /** Whether the client can end it before its time. */
  readonly cancels?: boolean;
}

/** Runs a method that changes the client: progress while it runs, a toast with what came of it, the event a click away. Null: it failed. */
export async function runCommand<M extends MethodName>(
  inspector: Inspector,
  method: M,
  params: ParamsOf<M> & { readonly commandId: string },
  deed: Deed,
  done: (result: ResultOf<M>) => { readonly title: string; readonly text: string },
): Promise<ResultOf<M> | null> {
  const stop = new AbortController();
  const action = deed.cancels === true ? { label: 'Cancel', run: () => stop.abort() } : undefined;
  const running = inspector.toast({ icon: deed.icon, tone: deed.tone, title: deed.doing, commandId: params.commandId, ...(action === undefined ? {} : { action }) }, 0);
  try {
    const result = await inspector.session.call(method, params, { signal: stop.signal });
    inspector.dismiss(running);
    inspector.toast({ icon: 'check', tone: 'c-ok', ...done(result), action: { label: 'Show event', run: () => showCommand(inspector) } });
    return result;
  } catch (thrown) {
    inspector.dismiss(running);
    inspector.toast({ icon: 'ev-error', tone: 'c-error', title: deed.failed, text: `${codeOf(thrown)}: ${messageOf(thrown)}`, alert: true }, 0);
    return null;
  }
}

/** The last command of the recording: what was done just now. */
function showCommand(inspector: Inspector): void {
  const place = inspector.session.index.ofKind('command').at(-1);
  inspector.go('timeline');
  if (place !== undefined) inspector.setField('timeline.event', String(place));
}

const LATE_MS = 300;

/** Asks for a switching stress between the contexts that the filter keeps, or all of the tenants. */
export function askStress(inspector: Inspector): void {
  const tenants = [...inspector.session.contexts.get().values()].filter(({ row }) => row.kind === 'tenant').map(({ contextId }) => contextId);
  const kept = tenants.filter((id) => inspector.view.get().contexts.includes(id));
  inspector.dialog.set({ kind: 'stress', contextIds: kept.length > 1 ? kept : tenants });
}

/** Why a rebuild of a dormant context is not offered. */
export const REBUILD_NEEDS = 'A rebuild runs in an active context: activate it first';

export async function activateContext(inspector: Inspector, contextId: string): Promise<void> {
  const start = performance.now();
  await runCommand(
    inspector,
    'Context.activate',
    { commandId: newCommandId(), contextId },
    { icon: 'power', tone: 'c-activating', doing: `Activating ${contextId}`, failed: `${contextId} was not activated` },
    ({ lifecycle }) => ({ title: `${contextId} is ${lifecycle}`, text: `In ${formatMs(performance.now() - start)}` }),
  );
}

export async function verifyDigest(inspector: Inspector, contextId: string): Promise<void> {
  const commandId = newCommandId();
  const stop = new AbortController();
  let running: number | null = null;
  // What is done at once needs no notice that it runs (DB6).
  const late = setTimeout(() => {
    running = inspector.toast({ icon: 'verify', tone: 't2', title: `Verifying ${contextId}`, commandId, action: { label: 'Cancel', run: () => stop.abort() } }, 0);
  }, LATE_MS);
  try {
    const { ok, rows, version, durationMs, kept, counted } = await inspector.session.call('Context.verify', { commandId, contextId }, { signal: stop.signal });
    if (ok) inspector.toast({ icon: 'check', tone: 'c-ok', title: `Digest of ${contextId} matches`, text: `${formatCount(rows)} rows at version ${formatCount(version)}, in ${formatMs(durationMs)}` });
    else inspector.toast({ icon: 'alert', tone: 'c-error', title: `Digest of ${contextId} differs`, text: `Kept ${kept}, counted ${counted} at version ${formatCount(version)}. A rebuild corrects it.`, alert: true, action: { label: 'Replay…', run: () => inspector.dialog.set({ kind: 'replay', contextId }) } }, 0);
  } catch (thrown) {
    if (codeOf(thrown) !== 'CANCELLED') inspector.toast({ icon: 'ev-error', tone: 'c-error', title: `${contextId} was not verified`, text: `${codeOf(thrown)}: ${messageOf(thrown)}`, alert: true }, 0);
  } finally {
    clearTimeout(late);
    if (running !== null) inspector.dismiss(running);
  }
}
