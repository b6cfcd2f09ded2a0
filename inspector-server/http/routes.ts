import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomBytes } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import { DEBUG_PROTOCOL } from '../../shared/protocol/debug/index.ts';
import type { Grant, Grants } from '../access/grants.ts';
import type { Offer, Pairing } from '../access/pairing.ts';
import type { Directory } from '../clients/directory.ts';
import type { HubLimits } from '../options.ts';
import { withPlainCopy } from '../recordings/plain-copy.ts';
import type { Reports } from '../reports.ts';
import { originOf } from './guard.ts';
import { takeReport } from './report-route.ts';
import { bearerOf, readJson, sendJson } from './respond.ts';
import { serveStatic } from './static-files.ts';

export interface RoutePorts {
  readonly hubId: string;
  readonly version: string;
  readonly scheme: 'http' | 'https';
  readonly webDir: string;
  readonly tempDir: string;
  readonly grants: Grants;
  readonly pairing: Pairing;
  readonly directory: Directory;
  readonly reports: Reports;
  readonly limits: HubLimits;
  readonly newLink: () => string;
  /** Ends the sockets that a revoked grant opened. */
  readonly revoked: (grantId: string) => void;
  readonly log: (line: string) => void;
  /** Notes what a control session did. */
  readonly audit: (grant: Grant, what: string, params: { readonly [key: string]: string | readonly string[] | null }) => void;
}

/** Answers one request that the guard let through. */
export async function route(request: IncomingMessage, response: ServerResponse, ports: RoutePorts): Promise<void> {
  const path = (request.url ?? '/').replace(/[?#].*/, '');
  const key = `${request.method} ${path}`;
  switch (key) {
    case 'GET /json/version':
      return sendJson(response, 200, { Browser: `Contextscope/${ports.version}`, 'Protocol-Version': String(DEBUG_PROTOCOL), hub: ports.hubId, webSocketDebuggerUrl: `${socketOf(request, ports)}/hub` });
    case 'GET /json':
    case 'GET /json/list':
      return listTargets(request, response, ports);
    case 'POST /session':
      return await openSession(request, response, ports);
    case 'POST /pair':
      return await pair(request, response, ports);
    case 'POST /link':
      ports.audit(control(request, ports), key, {});
      return sendJson(response, 200, { link: ports.newLink() });
    case 'POST /pairing': {
      const grant = control(request, ports);
      const offer = offerOf(await readJson(request));
      ports.audit(grant, key, { ...offer });
      return sendJson(response, 200, ports.pairing.offer(offer));
    }
    case 'GET /tokens':
      control(request, ports);
      return sendJson(response, 200, { tokens: ports.grants.list() });
    case 'POST /reports':
      granted(request, ports);
      return await takeReport(request, response, ports.reports);
    default:
      break;
  }
  const [, folder, name = ''] = /^\/(recordings|reports|tokens)\/([^/]+)$/.exec(path) ?? [];
  if (folder === 'recordings' && request.method === 'GET') return await sendRecording(request, response, decodeURIComponent(name), ports);
  if (folder === 'reports' && request.method === 'GET') return await sendReport(request, response, decodeURIComponent(name), ports);
  if (folder === 'tokens' && request.method === 'DELETE') {
    const grant = control(request, ports);
    if (!ports.grants.revoke(name)) throw new AppError('NOT_FOUND', `There is no token ${name.slice(0, 40)}`);
    ports.audit(grant, 'DELETE /tokens', { id: name });
    ports.revoked(name);
    return sendJson(response, 200, {});
  }
  if ((request.method === 'GET' || request.method === 'HEAD') && serveStatic(response, ports.webDir, path, request.method === 'HEAD')) return;
  sendJson(response, 404, { error: { code: 'NOT_FOUND', message: 'There is nothing here' } });
}

const socketOf = (request: IncomingMessage, { scheme }: RoutePorts): string => `${scheme === 'https' ? 'wss' : 'ws'}://${request.headers.host}`;

function granted(request: IncomingMessage, { grants }: RoutePorts): Grant {
  const token = bearerOf(request);
  const grant = token === null ? null : grants.find(token);
  if (grant === null) throw new AppError('UNAUTHENTICATED', 'Send a token: `Authorization: Bearer TOKEN`');
  return grant;
}

function control(request: IncomingMessage, ports: RoutePorts): Grant {
  const grant = granted(request, ports);
  if (grant.mode !== 'control' || grant.contexts !== null) throw new AppError('NOT_PERMITTED', 'Only a control session without limits can do that');
  return grant;
}

/** As Chrome and Node list their targets. Beyond this machine one needs a token to know who is there. */
function listTargets(request: IncomingMessage, response: ServerResponse, ports: RoutePorts): void {
  if (!originOf(request).isHere) granted(request, ports);
  const targets = ports.directory.targets().map(({ client, connected }) => ({
    id: client.clientId,
    title: client.title,
    type: connected ? client.type : 'recording',
    description: `${client.app} on ${client.platform}${connected ? '' : ', gone: its recording is here'}`,
    webSocketDebuggerUrl: `${socketOf(request, ports)}/client/${encodeURIComponent(client.clientId)}`,
  }));
  sendJson(response, 200, targets);
}

/** Exchanges the one-time token of a start link for a session; a session's own token is answered with what it buys. */
async function openSession(request: IncomingMessage, response: ServerResponse, { grants, limits }: RoutePorts): Promise<void> {
  const { token } = await readJson(request);
  if (typeof token !== 'string') throw new AppError('BAD_PARAMS', 'token is a text');
  const exchanged = grants.exchange(token, limits.sessionAgeMs);
  const grant = exchanged?.grant ?? grants.find(token);
  if (grant === null) throw new AppError('UNAUTHENTICATED', 'This link was used, or is of an earlier start. `contextscope link` prints a new one');
  sendJson(response, 200, { token: exchanged?.token ?? token, sessionId: grant.id, mode: grant.mode, contexts: grant.contexts });
}

async function pair(request: IncomingMessage, response: ServerResponse, { pairing, grants, log }: RoutePorts): Promise<void> {
  const { code, name = 'paired device' } = await readJson(request);
  if (typeof code !== 'string' || typeof name !== 'string' || name.length > 100) throw new AppError('BAD_PARAMS', 'code is a text of 6 digits, name a text');
  const offer = pairing.redeem(code.replaceAll(/\s/g, ''));
  const { token, grant } = grants.issue({ kind: 'paired', name, mode: offer.mode, contexts: offer.contexts, expiresAt: null });
  log(`Paired ${JSON.stringify(name)} from ${originOf(request).address || 'somewhere'} (${grant.id}, ${grant.mode}). Take it back with: contextscope pair --revoke ${grant.id}`);
  sendJson(response, 200, { token, sessionId: grant.id, mode: grant.mode, contexts: grant.contexts });
}

function offerOf({ mode = 'observe', contexts = null }: Record<string, unknown>): Offer {
  const isList = contexts === null || (Array.isArray(contexts) && contexts.length > 0 && contexts.every((id) => typeof id === 'string'));
  if ((mode !== 'observe' && mode !== 'control') || !isList) throw new AppError('BAD_PARAMS', 'mode is observe or control, contexts a list of ids');
  return { mode, contexts };
}

async function sendRecording(request: IncomingMessage, response: ServerResponse, name: string, ports: RoutePorts): Promise<void> {
  if (granted(request, ports).contexts !== null) throw new AppError('NOT_PERMITTED', 'A limited session cannot take a whole recording');
  const client = [...ports.directory.all()].find(({ file }) => basename(file) === name);
  if (client === undefined) throw new AppError('NOT_FOUND', `There is no recording ${name.slice(0, 100)}`);
  const temporary = join(ports.tempDir, `${randomBytes(8).toString('hex')}.copy`);
  await withPlainCopy(client, temporary, (file, bytes) => sendFile(response, file, name, bytes));
}

async function sendReport(request: IncomingMessage, response: ServerResponse, name: string, ports: RoutePorts): Promise<void> {
  const file = ports.reports.find(name);
  if (granted(request, ports).contexts !== null) throw new AppError('NOT_PERMITTED', 'A limited session cannot open reports');
  if (file === null) throw new AppError('NOT_FOUND', `There is no report ${name.slice(0, 100)}`);
  await sendFile(response, file, name, statSync(file).size);
}

async function sendFile(response: ServerResponse, file: string, name: string, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/vnd.sqlite3', 'content-length': bytes, 'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`, 'cache-control': 'no-store' });
  await pipeline(createReadStream(file), response);
}
