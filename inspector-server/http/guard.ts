import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

// Who may talk to the hub at all: checked on every request and every upgrade, before anything else. A website cannot: its Origin is
// none of ours, and a name that was rebound to this machine is in the Host header.

export type Verdict = { readonly ok: true; readonly origin: string | null } | { readonly ok: false; readonly reason: string };

export interface GuardOptions {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly extensionIds: readonly string[];
}

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === 'localhost';

/** Where a request came from: an address, and whether that is this machine. A proxy on it stands for somebody further away. */
export function originOf({ socket, headers }: IncomingMessage): { readonly address: string; readonly isHere: boolean } {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined;
  const address = socket.remoteAddress ?? '';
  return isProxied ? { address: `${address}, a proxy`, isHere: false } : { address, isHere: isLoopback(address) };
}

const bracketed = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);

function namesOf(host: string): string[] {
  if (isLoopback(host)) return LOOPBACK_NAMES;
  const isAny = host === '0.0.0.0' || host === '::';
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => bracketed(address)));
  return [...LOOPBACK_NAMES, ...(isAny ? addresses : [bracketed(host)])];
}

export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #own: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor({ host, port, scheme, hosts, origins, extensionIds }: GuardOptions) {
    const isDefault = port === (scheme === 'http' ? 80 : 443);
    const names = [...namesOf(host), ...hosts].map((name) => name.toLowerCase());
    this.#hosts = new Set(names.flatMap((name) => (name.replace(/^\[.*\]/, '').includes(':') ? [name] : [`${name}:${port}`, ...(isDefault ? [name] : [])])));
    this.#own = new Set([...this.#hosts].map((name) => `${scheme}://${name}`));
    this.#origins = new Set([...this.#own, ...origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')), ...extensionIds.map((id) => `chrome-extension://${id}`)]);
  }

  check(request: IncomingMessage): Verdict {
    const { host, origin } = request.headers;
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) return { ok: false, reason: `the Host ${quoted(host)} is not one of this hub's names` };
    if (origin === undefined) return this.#withoutOrigin(request);
    if (!this.#origins.has(origin.toLowerCase())) return { ok: false, reason: `${quoted(origin)} is not an allowed origin` };
    return { ok: true, origin };
  }

  /** The hub's own pages, and programs that are no browser. */
  isForeign(origin: string | null): boolean {
    return origin !== null && !this.#own.has(origin.toLowerCase());
  }

  /** A browser leaves the Origin out of some GETs, images among them, and says in `Sec-Fetch-Site` who asked; no other program has it. */
  #withoutOrigin(request: IncomingMessage): Verdict {
    const site = request.headers['sec-fetch-site'];
    const isLink = request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document' && (request.url ?? '/').replace(/[?#].*/, '') === '/';
    if (site === undefined || site === 'same-origin' || site === 'none' || isLink) return { ok: true, origin: null };
    return { ok: false, reason: 'another website asked for it' };
  }
}

/** What a stranger sent, made safe for a terminal. */
const quoted = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 100));
