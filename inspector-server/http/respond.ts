import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';

/** Sent with everything. What the page may do is spelled out: its own scripts and styles, WebAssembly for SQLite, and the hub. */
export function safeHeaders(host: string, scheme: 'http' | 'https'): Record<string, string> {
  const socket = `${scheme === 'https' ? 'wss' : 'ws'}://${host}`;
  return {
    'content-security-policy': [
      `default-src 'none'`,
      `script-src 'self' 'wasm-unsafe-eval'`,
      `style-src 'self'`,
      `img-src 'self' data: blob:`,
      `font-src 'self'`,
      `connect-src 'self' ${socket}`,
      `worker-src 'self' blob:`,
      `manifest-src 'self'`,
      `base-uri 'none'`,
      `form-action 'none'`,
      `frame-ancestors 'none'`,
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers }).end(`${JSON.stringify(body)}\n`);
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  NOT_PERMITTED: 403,
  READ_ONLY: 403,
  NOT_FOUND: 404,
  BAD_MESSAGE: 400,
  BAD_PARAMS: 400,
  CONFLICT: 409,
  TOO_LARGE: 413,
  NOT_A_RECORDING: 422,
  NEWER_FORMAT: 422,
  DAMAGED_RECORDING: 422,
};

/** An error as the debug protocol spells it; what was not expected says nothing of its inside. */
export function sendError(response: ServerResponse, thrown: unknown): void {
  const code = codeOf(thrown);
  const status = STATUS[code] ?? 500;
  const message = thrown instanceof AppError ? messageOf(thrown) : 'The hub could not do that';
  if (response.headersSent) response.destroy();
  else sendJson(response, status, { error: { code: status === 500 ? 'INTERNAL' : code, message, ...(thrown instanceof AppError && Object.keys(thrown.details).length > 0 ? { data: thrown.details } : {}) } });
}

/** A small JSON body. */
export async function readJson(request: IncomingMessage, maxBytes = 4_096): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('TOO_LARGE', `The body may have ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new AppError('BAD_MESSAGE', 'The body is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new AppError('BAD_MESSAGE', 'The body is no object');
  return body as Record<string, unknown>;
}

export function bearerOf(request: IncomingMessage): string | null {
  return /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
