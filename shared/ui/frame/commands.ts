import { formatBytes, formatClock, formatCount, formatStretch, plural } from '../../views/format.ts';
import type { IconName } from '../components/icons.tsx';
import { activateContext, askStress, verifyDigest } from '../dialogs/actions.ts';
import { PANEL_TITLES } from '../panels/panel-titles.ts';
import { refusal, type Inspector } from '../state/inspector.ts';
import { modKey } from '../state/keys.ts';
import { PANELS, type PanelName } from '../state/view.ts';
import type { ActionId, FindingId } from './subcommands.ts';

export interface Command {
  readonly id: ActionId | FindingId;
  readonly group: string;
  readonly icon: IconName;
  readonly title: string;
  readonly hint?: string;
  readonly key?: string;
  /** Why it cannot be run now. */
  readonly off?: string | null;
  readonly run: () => void;
}

const PANEL_ICONS: { readonly [panel in PanelName]: IconName } = {
  contexts: 'lc-active',
  registry: 'table',
  timeline: 'chart',
  conflicts: 'ev-conflict',
  data: 'db',
  network: 'swap',
  storage: 'server',
  telemetry: 'chart',
  replay: 'replay',
  query: 'search',
};

/** Everything that the palette offers for what is shown now. */
export function commandsOf(inspector: Inspector): readonly Command[] {
  const { session, view } = inspector;
  const client = session.client.get();
  const { selected, cursor } = view.get();
  const context = selected === null ? undefined : session.contexts.get().get(selected);
  const no = (method: Parameters<typeof refusal>[0]): string | null => refusal(method, client, cursor);
  const out: Command[] = [];
  if (context !== undefined) {
    const id = context.contextId;
    const group = `${id}, selected`;
    const open = context.status.lifecycle !== 'dormant';
    out.push(
      open
        ? { id: 'deactivate', group, icon: 'power', title: `Force deactivate ${id}`, off: no('Context.deactivate'), ...(context.pending > 0 ? { hint: `${plural(context.pending, 'write')} stay on disk` } : {}), run: () => inspector.dialog.set({ kind: 'deactivate', contextId: id }) }
        : { id: 'activate', group, icon: 'power', title: `Activate ${id}`, off: no('Context.activate'), run: () => void activateContext(inspector, id) },
      { id: 'verify', group, icon: 'verify', title: `Verify digest of ${id}`, off: no('Context.verify'), run: () => void verifyDigest(inspector, id) },
      { id: 'replay', group, icon: 'replay', title: `Replay ${id} from the server…`, off: no('Context.replay'), run: () => inspector.dialog.set({ kind: 'replay', contextId: id }) },
      { id: 'prune', group, icon: 'prune', title: `Prune ${id}…`, off: open ? 'active' : no('Context.prune'), run: () => inspector.dialog.set({ kind: 'prune', contextIds: [id] }) },
      { id: 'forget', group, icon: 'trash', title: `Forget ${id}…`, off: no('Context.forget'), run: () => inspector.dialog.set({ kind: 'forget', contextId: id }) },
    );
  }
  const { index } = session;
  if (index.length > 0) {
    const conflict = index.ofKind('conflict').findLast((place) => place < inspector.place());
    out.push({ id: 'before', group: 'Time', icon: 'step-back', title: 'Event before', key: ',', run: () => inspector.moveTo(inspector.place() - 1) });
    if (conflict !== undefined) out.push({ id: 'conflict', group: 'Time', icon: 'ev-conflict', title: 'Conflict before', hint: `${formatClock(index.at[conflict] ?? 0)}, ${index.contextAt(conflict) ?? ''}`, key: '{', run: () => inspector.moveTo(conflict) });
    if (cursor !== null) out.push({ id: 'live', group: 'Time', icon: 'play', title: 'Go live', key: 'L', run: () => inspector.goLive() });
  }
  for (const [i, panel] of PANELS.entries()) {
    out.push({ id: `go-${panel}`, group: 'Go to', icon: PANEL_ICONS[panel], title: PANEL_TITLES[panel], key: String((i + 1) % 10), run: () => inspector.go(panel) });
  }
  out.push(
    { id: 'emulate', group: 'Network', icon: 'wifi', title: 'Emulate a network…', off: no('Network.emulate'), run: () => emulate(inspector) },
    { id: 'stress', group: 'Network', icon: 'swap', title: 'Stress switch…', hint: 'rapid switching; reports every broken invariant', off: no('Context.stressSwitch'), run: () => askStress(inspector) },
  );
  const held = `${formatStretch(index.lastAt - index.firstAt)}, ${formatBytes(session.traffic.get().recordingBytes)}`;
  out.push(
    { id: 'save', group: 'Recording and client', icon: 'download', title: 'Save the recording…', hint: held, key: modKey('E'), run: () => void inspector.saveRecording() },
    { id: 'open', group: 'Recording and client', icon: 'file', title: 'Open a report…', key: modKey('O'), run: () => void inspector.openRecording() },
    { id: 'attach', group: 'Recording and client', icon: 'swap', title: 'Attach another client…', run: () => inspector.choosing.set(true) },
    { id: 'theme', group: 'View', icon: 'eye', title: 'Theme: next', hint: 'as the browser, light, dark', run: () => nextTheme(inspector) },
    { id: 'keys', group: 'View', icon: 'help', title: 'Keyboard shortcuts', key: '?', run: () => inspector.overlay.set('shortcuts') },
  );
  return out;
}

function emulate(inspector: Inspector): void {
  inspector.go('network');
  inspector.setField('network.emulate', 'open');
}

function nextTheme(inspector: Inspector): void {
  inspector.settings.update((settings) => ({ ...settings, theme: settings.theme === 'browser' ? 'light' : settings.theme === 'light' ? 'dark' : 'browser' }));
}

/** Contexts by name and places by seq or time, for what was typed: `@clinic`, `#52906`, `:14:05:58`. */
export function findings(inspector: Inspector, typed: string): readonly Command[] {
  const { session } = inspector;
  const sign = typed.charAt(0);
  const rest = ['@', '#', ':', '>'].includes(sign) ? typed.slice(1).trim() : typed.trim();
  const out: Command[] = [];
  if (sign === '@' || !'#:>'.includes(sign)) {
    for (const context of session.contexts.get().values()) {
      if (!`${context.contextId} ${context.title}`.toLowerCase().includes(rest.toLowerCase())) continue;
      out.push({ id: `ctx-${context.contextId}`, group: 'Contexts', icon: `lc-${context.state}`, title: context.contextId, hint: context.title, run: () => inspector.go('contexts', { selected: context.contextId }) });
      if (out.length === 8) break;
    }
  }
  if (sign === '#' && /^[\d,]+$/.test(rest)) {
    const place = session.index.placeOfSeq(Number(rest.replaceAll(',', '')));
    if (place !== null) out.push({ id: 'seq', group: 'Time', icon: 'clock', title: `Go to seq ${formatCount(session.index.seq[place] ?? 0)}`, hint: formatClock(session.index.at[place] ?? 0), run: () => inspector.moveTo(place) });
  }
  if (sign === ':' && /^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(rest)) {
    const at = new Date(session.index.lastAt);
    const [hours = 0, minutes = 0, seconds = 0] = rest.split(':').map(Number);
    at.setHours(hours, minutes, Math.floor(seconds), Math.round((seconds % 1) * 1_000));
    out.push({ id: 'time', group: 'Time', icon: 'clock', title: `Go to ${formatClock(at.getTime())}`, run: () => inspector.moveTo(session.index.placeOf(at.getTime())) });
  }
  return out;
}
