import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import type { EventName, EventParams, RegistryEntry, TargetInfo } from '../shared/protocol/debug/index.ts';
import type { HubClient } from '../inspector-server/index.ts';
import { cancelling } from './cancelling.ts';
import { printable } from './exit.ts';
import type { HubFlags } from './options.ts';
import { Progress } from './progress.ts';

export interface HubAddress {
  readonly url: string;
  readonly token: string;
}

const START = 'Start one with `contextscope hub` or `contextscope demo`, or say where it is with --hub.';

/** Where the hub is and by which token: what the flags say, else what a hub on the data folder left there. */
export async function findHub({ hub, dataDir, token = process.env['CONTEXTSCOPE_TOKEN'] }: HubFlags): Promise<HubAddress> {
  const { readHubFile } = await import('../inspector-server/index.ts');
  const folder = [dataDir, join(dataDir, 'hub')].find((candidate) => existsSync(join(candidate, 'hub.json')));
  const found = folder === undefined ? null : readHubFile(folder);
  const url = hub === undefined ? found?.url : addressOf(hub);
  if (url === undefined) throw new AppError('UNREACHABLE', `No hub runs on ${dataDir}`, { hint: START });
  const known = token ?? (found !== null && isSame(found.url, url) ? found.token : undefined);
  if (known === undefined) throw new AppError('USAGE', `There is no token for the hub at ${url}`, { hint: 'Pair with it (`contextscope pair --with CODE`), then give the token with --token.' });
  return { url, token: known };
}

const isSame = (a: string, b: string): boolean => new URL(a).host.replace('localhost', '127.0.0.1') === new URL(b).host.replace('localhost', '127.0.0.1');

/** A hub's address as a person writes it: with or without a scheme. */
export function addressOf(text: string): string {
  const withScheme = /^[a-z]+:\/\//.test(text) ? text.replace(/^ws/, 'http') : `http://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new AppError('USAGE', `${printable(text)} is no address of a hub`, { hint: 'It looks like http://127.0.0.1:9339.' });
  return url.origin;
}

export interface Listeners {
  readonly event?: <E extends EventName>(event: E, params: EventParams<E>) => void;
  readonly closed?: (reason: string) => void;
}

/** A connection to the hub itself. */
export async function openHub(flags: HubFlags): Promise<HubClient> {
  const { connectToHub } = await import('../inspector-server/index.ts');
  return await connectToHub({ ...(await findHub(flags)), clientId: null, name: 'command line' });
}

/** A connection to a client through the hub. `wanted`: its id, an unambiguous beginning of it, or its title. */
export async function openClient(flags: HubFlags, wanted: string, listeners: Listeners = {}): Promise<AttachedClient> {
  const { connectToHub } = await import('../inspector-server/index.ts');
  const address = await findHub(flags);
  const hub = await connectToHub({ ...address, clientId: null, name: 'command line' });
  try {
    const { targets } = await hub.call('Hub.targets', {});
    const target = chooseClient(targets, wanted);
    const client = await connectToHub({ ...address, clientId: target.client.clientId, name: 'command line', ...(listeners.event === undefined ? {} : { event: listeners.event }), ...(listeners.closed === undefined ? {} : { closed: listeners.closed }) });
    return { ...client, target };
  } finally {
    hub.close();
  }
}

export type AttachedClient = HubClient & { readonly target: TargetInfo };

/** Runs something with a client, and closes the connection whatever comes of it. Ctrl-C cancels the call that runs (DB6); long ones tell how far they are. */
export async function withClient<T>(flags: HubFlags, wanted: string, work: (client: AttachedClient, signal: AbortSignal) => Promise<T>): Promise<T> {
  return await cancelling(async (signal) => {
    const running = new Map<string, Progress>();
    const client = await openClient(flags, wanted, {
      event(event, params) {
        if (event !== 'Context.progress') return;
        // Others may have work under way with the same client.
        const { commandId, done, total, text } = params as EventParams<'Context.progress'>;
        running.get(commandId)?.show(done, total, text);
      },
    });
    const call: HubClient['call'] = async (method, params, options) => {
      const { commandId } = params as { readonly commandId?: string };
      const progress = new Progress(method);
      if (commandId !== undefined) running.set(commandId, progress);
      try {
        return await client.call(method, params, { signal, ...options });
      } finally {
        if (commandId !== undefined) running.delete(commandId);
        progress.end();
      }
    };
    try {
      return await work({ ...client, call }, signal);
    } finally {
      client.close();
    }
  });
}

/** Runs something with the hub itself. */
export async function withHubItself<T>(flags: HubFlags, work: (hub: HubClient) => Promise<T>): Promise<T> {
  const hub = await openHub(flags);
  try {
    return await work(hub);
  } finally {
    hub.close();
  }
}

export function chooseClient(targets: readonly TargetInfo[], wanted: string): TargetInfo {
  const names = ({ client }: TargetInfo): string[] => [client.clientId, client.title, client.deviceId];
  const found = choose(targets, names, wanted);
  if (found.length === 1) return found[0] as TargetInfo;
  const list = (found.length > 0 ? found : targets).map(({ client, connected }) => `${client.clientId} (${client.title}${connected ? '' : ', gone'})`).slice(0, 8).map(printable).join(', ');
  if (found.length > 1) throw new AppError('UNKNOWN_CLIENT', `${JSON.stringify(wanted)} may be ${list}`, { hint: 'Write more of it.' });
  throw new AppError('UNKNOWN_CLIENT', `The hub knows no client ${JSON.stringify(wanted)}`, { hint: targets.length === 0 ? 'No client has dialled it yet.' : `There are ${list}.` });
}

/** The id of a context by its id, an unambiguous beginning of it, or its title. One that the client does not list is an error. */
export async function chooseContext(client: HubClient, wanted: string): Promise<string> {
  const { entries } = await client.call('Registry.list', {});
  const names = ({ row }: RegistryEntry): string[] => [row.contextId, row.title ?? ''];
  const found = choose(entries, names, wanted);
  if (found.length === 1) return (found[0] as RegistryEntry).row.contextId;
  const list = (found.length > 0 ? found : entries).map(({ row }) => row.contextId).slice(0, 12).map(printable).join(', ');
  if (found.length > 1) throw new AppError('UNKNOWN_CONTEXT', `${JSON.stringify(wanted)} may be ${list}`, { hint: 'Write more of it.' });
  throw new AppError('UNKNOWN_CONTEXT', `The client knows no context ${JSON.stringify(wanted)}`, { hint: entries.length === 0 ? 'It knows none at all.' : `There are ${list}.` });
}

function choose<T>(items: readonly T[], names: (item: T) => readonly string[], wanted: string): readonly T[] {
  const text = wanted.toLowerCase();
  const exact = items.filter((item) => names(item)[0] === wanted);
  if (exact.length > 0) return exact;
  const whole = items.filter((item) => names(item).some((name) => name.toLowerCase() === text));
  return whole.length > 0 ? whole : items.filter((item) => text !== '' && names(item).some((name) => name.toLowerCase().startsWith(text)));
}

/** One request to the hub's HTTP side. */
export async function askHub(flags: HubFlags, method: string, path: string, body?: unknown): Promise<Response> {
  const { url, token } = await findHub(flags);
  return await request(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** A request that is answered well, or else throws what the hub said, or why it said nothing. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  const { noHubAt } = await import('../inspector-server/index.ts');
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw noHubAt(new URL(url).origin, cause);
  });
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as { error?: { code: string; message: string } };
  throw new AppError(error?.code ?? 'INTERNAL', error?.message ?? `The hub answered ${response.status}`);
}
