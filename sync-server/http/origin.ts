import { isIP } from 'node:net';

/** Who may talk to this server from a browser, and under which names it answers. */
export interface OriginPolicy {
  /** Origins of pages as `https://app.example`; pages on the loopback interface are always taken. */
  readonly origins: readonly string[];
  /** Names beside loopback's and plain addresses. */
  readonly hosts: readonly string[];
}

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** Bytes to the same machine cost less than compressing them; a proxy on it stands for somebody further away. */
export function paysToCompress(remoteAddress: string | undefined, headers: { readonly [name: string]: unknown }): boolean {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  return isProxied || !/^(::ffff:)?127\.|^::1$/.test(remoteAddress ?? '');
}

/** A browser always sends its page's origin with a WebSocket; what sends none is no browser. */
export function isOriginAllowed(policy: OriginPolicy, origin: string | undefined): boolean {
  if (origin === undefined) return true;
  if (policy.origins.includes(origin)) return true;
  const url = URL.parse(origin);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && isLoopback(url.hostname);
}

/** A page that had its own name point at this server's address (DNS rebinding) is told by the name in Host. */
export function isHostAllowed(policy: OriginPolicy, host: string | undefined): boolean {
  if (host === undefined) return false;
  const hostname = URL.parse(`http://${host}`)?.hostname;
  if (hostname === undefined) return false;
  return isLoopback(hostname) || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || policy.hosts.includes(hostname) || policy.hosts.includes(host);
}
