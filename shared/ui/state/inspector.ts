import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import { messageOf } from '../../base/app-error.ts';
import { METHODS, type MethodName } from '../../protocol/debug/index.ts';
import { byState, contextAt, type ContextNow } from '../../views/context-now.ts';
import type { EventIndex } from '../../views/event-index.ts';
import type { IconName } from '../components/icons.tsx';
import type { Host } from '../host.ts';
import { isLocal } from './client-state.ts';
import { HubLink } from './hub-link.ts';
import { Session } from './session.ts';
import { Layout, openSettings, type Settings } from './settings.ts';
import { Store, useStore } from './store.ts';
import { openView, type PanelName, type View } from './view.ts';

export interface Toast {
  readonly id: number;
  readonly icon: IconName;
  readonly tone: string;
  readonly title: string;
  readonly text?: string;
  readonly alert?: boolean;
  /** The command whose progress it shows. */
  readonly commandId?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export type DialogState =
  | { readonly kind: 'none' }
  | { readonly kind: 'deactivate'; readonly contextId: string }
  | { readonly kind: 'prune'; readonly contextIds: readonly string[]; readonly pending?: 'refuse' | 'quarantine' | 'discard' }
  | { readonly kind: 'replay'; readonly contextId: string }
  | { readonly kind: 'forget'; readonly contextId: string }
  | { readonly kind: 'stress'; readonly contextIds: readonly string[] }
  | { readonly kind: 'remove-file'; readonly file: string; readonly bytes: number };

export type Overlay = 'none' | 'palette' | 'shortcuts' | 'settings' | 'clients' | 'contexts' | 'panels' | 'hub';

const observeKey = (clientId: string): string => `observe.${clientId}`;

/** Everything of one inspector that is not a component: who it talks to, what it shows, what is open. */
export class Inspector {
  readonly host: Host;
  readonly hub: HubLink;
  readonly session: Session;
  readonly settings: Store<Settings>;
  readonly layout: Layout;
  readonly view: Store<View>;
  readonly toasts = new Store<readonly Toast[]>([]);
  readonly dialog = new Store<DialogState>({ kind: 'none' });
  readonly overlay = new Store<Overlay>('none');
  /** True: Connect fills the page although a client is attached. */
  readonly choosing = new Store(false);
  /** True: the detail has the whole panel. */
  readonly wide = new Store(false);
  readonly dismissed = new Store<ReadonlySet<string>>(new Set());
  #nextToast = 1;

  constructor(host: Host) {
    this.host = host;
    this.hub = new HubLink(host);
    this.session = new Session(host);
    this.settings = openSettings(host);
    this.layout = new Layout(host);
    this.view = openView(host);
  }

  show(part: Partial<View>): void {
    this.view.update((view) => ({ ...view, ...part }));
  }

  go(panel: PanelName, part: Partial<View> = {}): void {
    this.show({ ...part, panel });
  }

  setField(name: string, value: string): void {
    this.view.update((view) => ({ ...view, fields: { ...view.fields, [name]: value } }));
  }

  attach(clientId: string): void {
    this.choosing.set(false);
    this.view.update((view) => (view.client === clientId ? view : { ...view, client: clientId, contexts: [], selected: null, cursor: null, to: null, selection: null }));
    this.session.attach(clientId, this.observes(clientId));
  }

  /** Whether a session only looks: as a person chose for this client, else so on the network and not on this machine. */
  observes(clientId: string): boolean {
    const chosen = this.layout.store.get()[observeKey(clientId)];
    if (chosen !== undefined) return chosen === 1;
    const target = this.hub.targets.get().find(({ client }) => client.clientId === clientId);
    return target !== undefined && target.connected && !isLocal(target);
  }

  chooseObserve(clientId: string, observe: boolean): void {
    this.layout.set(observeKey(clientId), observe ? 1 : 0);
  }

  /** The place that all panels show: the cursor, or the last event. */
  place(): number {
    return this.view.get().cursor ?? this.session.index.length - 1;
  }

  /** Moves the time cursor; at the last event it is live again. */
  moveTo(place: number): void {
    const last = this.session.index.length - 1;
    this.show({ cursor: place >= last ? null : Math.max(0, place) });
  }

  /** To the next or previous place of a list that the filter keeps. */
  step(places: readonly number[], direction: 1 | -1): void {
    const here = this.place();
    const next = direction > 0 ? places.find((place) => place > here) : places.findLast((place) => place < here);
    if (next !== undefined) this.moveTo(next);
  }

  goLive(): void {
    this.show({ cursor: null, to: null });
  }

  toast(toast: Omit<Toast, 'id'>, forMs = 6_000): number {
    const id = this.#nextToast++;
    this.toasts.update((toasts) => [...toasts.slice(-3), { ...toast, id }]);
    if (forMs > 0) setTimeout(() => this.dismiss(id), forMs);
    return id;
  }

  dismiss(id: number): void {
    this.toasts.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }

  /** Saves what the panels read, as a file that this inspector and `sqlite3` open. */
  async saveRecording(): Promise<void> {
    const client = this.session.client.get();
    const name = 'info' in client ? client.info.title.replaceAll(/[^\w.-]+/g, '-') : 'recording';
    try {
      this.host.files.save(`${name}.ctxscope`, new Blob([await this.session.db.save()], { type: 'application/vnd.sqlite3' }));
    } catch (thrown) {
      this.toast({ icon: 'alert', tone: 'c-error', title: 'The recording was not saved', text: messageOf(thrown), alert: true });
    }
  }

  /** Lets a person choose a recording and shows it. */
  async openRecording(): Promise<void> {
    const file = await this.host.files.open('.ctxscope,.sqlite');
    if (file !== null) await this.openFile(file.name, file);
  }

  async openFile(name: string, content: Blob): Promise<void> {
    try {
      this.show({ client: null, contexts: [], selected: null, cursor: null, to: null, selection: null });
      this.choosing.set(false);
      await this.session.openFile(name, content);
    } catch (thrown) {
      this.toast({ icon: 'alert', tone: 'c-error', title: `${name} could not be opened`, text: messageOf(thrown), alert: true }, 0);
    }
  }

  async copy(text: string, what: string): Promise<void> {
    try {
      await this.host.copy(text);
      this.toast({ icon: 'copy', tone: 'c-ok', title: `${what} copied` }, 2_500);
    } catch (thrown) {
      this.toast({ icon: 'alert', tone: 'c-error', title: 'Nothing was copied', text: messageOf(thrown), alert: true });
    }
  }

  close(): void {
    this.hub.close();
    this.session.close();
  }
}

export const InspectorContext = createContext<Inspector | null>(null);

export function useInspector(): Inspector {
  const inspector = useContext(InspectorContext);
  if (inspector === null) throw new Error('There is no inspector around this component');
  return inspector;
}

export const useView = (): View => useStore(useInspector().view);

/** The time of the shown moment in ms: now while live, else that of the cursor's event. */
export function useNow(): number {
  const inspector = useInspector();
  const { cursor } = useView();
  useStore(inspector.session.revision);
  const [tick, setTick] = useState(Date.now);
  useEffect(() => {
    if (cursor !== null) return undefined;
    const timer = setInterval(() => setTick(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [cursor]);
  const state = inspector.session.client.get().state;
  if (cursor !== null) return inspector.session.index.at[cursor] ?? tick;
  return state === 'recorded' ? inspector.session.index.lastAt : Math.max(tick, inspector.session.index.lastAt);
}

/** All contexts at the shown moment, in the order of every list. */
export function useContexts(): readonly ContextNow[] {
  const { session } = useInspector();
  const contexts = useStore(session.contexts);
  const { cursor } = useView();
  const recorded = useStore(session.client).state === 'recorded';
  return useMemo(() => {
    const now = [...contexts.values()];
    const place = cursor ?? (recorded ? session.index.length - 1 : null);
    return (place === null ? now : now.map((context) => contextAt(session.index, context, place))).toSorted(byState);
  }, [contexts, cursor, recorded, session]);
}

/** The contexts that the context filter keeps. */
export function useShownContexts(): readonly ContextNow[] {
  const all = useContexts();
  const { contexts } = useView();
  return useMemo(() => (contexts.length === 0 ? all : all.filter(({ contextId }) => contexts.includes(contextId))), [all, contexts]);
}

/** The index and a number that counts up whenever it has grown. */
export function useIndex(): { readonly index: EventIndex; readonly revision: number } {
  const { session } = useInspector();
  const revision = useStore(session.revision);
  return { index: session.index, revision };
}

/** Counts up once a second while events come: for what walks over all of them. */
export const useSlowRevision = (): number => useStore(useInspector().session.slow);

/** Null: a method can be called now. Else why not, for the tooltip of its button. */
export function useRefusal(method: MethodName): string | null {
  const { session } = useInspector();
  const client = useStore(session.client);
  const { cursor } = useView();
  return refusal(method, client, cursor);
}

export function refusal(method: MethodName, client: ReturnType<Session['client']['get']>, cursor: number | null): string | null {
  switch (client.state) {
    case 'recorded':
      return 'This is a recording: nothing can be changed';
    case 'lost':
      return 'The client does not answer';
    case 'attached':
      if (METHODS[method].changes && cursor !== null) return 'You are looking at the past: go live first';
      if (METHODS[method].changes && client.mode === 'observe') return 'This session only observes';
      return client.info.capabilities.length > 0 && !client.info.capabilities.includes(method) ? 'This client cannot do that' : null;
    default:
      return 'No client is attached';
  }
}

/** DB3: false where the client does not declare a method at all, so that its button is not shown. */
export function useCapable(method: MethodName): boolean {
  const client = useStore(useInspector().session.client);
  return !('info' in client) || client.info.capabilities.length === 0 || client.info.capabilities.includes(method);
}
