import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';

export function respondJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  response.end(text);
}

const STATUS: Readonly<Record<string, number>> = {
  BAD_VALUE: 400,
  BAD_FRAME: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNKNOWN_CONTEXT: 404,
  NOT_A_MEMBER: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONTEXT_EXISTS: 409,
  NOT_EMPTY: 409,
  SNAPSHOT_GONE: 410,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
};

/** What a call that failed is answered. An unexpected failure says nothing of what went wrong inside; true: it is ours to look at. */
export function respondError(response: ServerResponse, thrown: unknown): boolean {
  const code = codeOf(thrown);
  const status = thrown instanceof AppError ? STATUS[code] : undefined;
  const isRetryable = thrown instanceof AppError && thrown.details['retryable'] === true;
  if (response.headersSent) {
    response.destroy();
    return status === undefined;
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (status !== undefined) respondJson(response, status, { error: { code, message: messageOf(thrown) } });
  else respondJson(response, isRetryable ? 503 : 500, { error: { code: 'INTERNAL', message: isRetryable ? messageOf(thrown) : 'The server could not do this', retryable: isRetryable } });
  return status === undefined && !isRetryable;
}

/** The whole body as JSON. Fails with `TOO_LARGE` or `BAD_VALUE`. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new AppError('TOO_LARGE', `A body may have at most ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new AppError('BAD_VALUE', 'The body is not JSON');
  }
}

/** The body as lines of JSON, one after another. Fails with `BAD_VALUE` for a line that is none, or `TOO_LARGE` for a line over `maxBytes`. */
export async function* readLines(request: IncomingMessage, maxBytes: number): AsyncGenerator<unknown> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  for await (const chunk of request) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxBytes) throw new AppError('TOO_LARGE', `A line may have at most ${maxBytes} bytes`);
    for (const line of lines) if (line.trim() !== '') yield parseLine(line, ++number);
  }
  if (rest.trim() !== '') yield parseLine(rest, ++number);
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new AppError('BAD_VALUE', `Row ${number} is not JSON`);
  }
}
