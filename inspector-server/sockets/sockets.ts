import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { Grant, Grants } from '../access/grants.ts';
import type { Pairing } from '../access/pairing.ts';
import type { Audit } from '../audit.ts';
import type { Client } from '../clients/client.ts';
import type { Directory } from '../clients/directory.ts';
import { originOf, type Guard } from '../http/guard.ts';
import { answerHubMethod } from '../hub-methods.ts';
import type { HubLimits } from '../options.ts';
import type { Reports } from '../reports.ts';
import { AgentLink, MISSED_BEATS, type AgentPorts, type Hello } from './agent-link.ts';
import { InspectorLink, type InspectorPorts } from './inspector-link.ts';
import { CLOSE_POLICY, wsChannel } from './ws-channel.ts';

export interface SocketPorts {
  readonly guard: Guard;
  readonly grants: Grants;
  readonly pairing: Pairing;
  readonly directory: Directory;
  readonly reports: Reports;
  readonly audit: Audit;
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly hubId: string;
}

/** The hub tells who is there so long after somebody came or went, and so often while only sizes change. */
const TELL_CHANGE_MS = 50;
const TELL_SIZES_MS = 2_000;

/** Every WebSocket of the hub: /agent, /hub and /client/<clientId>. */
export class Sockets {
  readonly #ports: SocketPorts;
  readonly #server: WebSocketServer;
  readonly #agents = new Set<AgentLink>();
  readonly #inspectors = new Set<InspectorLink>();
  #strangers = 0;
  #tell: Undo | null = null;
  #told = '';
  #closed = false;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    // Compression of small messages costs more than the network between two programs of one machine.
    this.#server = new WebSocketServer({ noServer: true, maxPayload: ports.limits.frameBytes, perMessageDeflate: false, clientTracking: true });
    ports.directory.changed.listen(() => this.#changed());
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that goes away in the middle of it is no event.
    socket.on('error', () => undefined);
    const verdict = this.#ports.guard.check(request);
    if (!verdict.ok) {
      this.#ports.log(`Refused a connection: ${verdict.reason}`);
      return refuse(socket, 403, verdict.reason);
    }
    const { limits, directory } = this.#ports;
    const target = targetOf(request.url ?? '');
    if (target === null) return refuse(socket, 404, 'there is no such socket');
    const client = target.clientId === undefined ? null : directory.get(target.clientId);
    const isFull = this.#strangers >= limits.strangers || (target.role === 'agent' ? this.#agents.size >= limits.agents : this.#inspectors.size >= limits.inspectors);
    if (isFull || this.#closed) return refuse(socket, 503, 'too many connections');
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      const from = originOf(request);
      const undo = this.#watch(ws);
      if (target.role === 'agent') this.#agent(ws, from, undo);
      else this.#inspector(ws, client, from.address, undo);
    });
  }

  /** Ends the sockets of a grant that was taken back. */
  revoke(grantId: string): void {
    for (const inspector of this.#inspectors) if (inspector.session?.grant.id === grantId) inspector.close('the token was revoked');
    for (const client of this.#ports.directory.all()) if (client.owner === grantId) client.agent?.close('the token was revoked');
  }

  buffered(): number[] {
    return [...this.#server.clients].map(({ bufferedAmount }) => bufferedAmount);
  }

  close(): void {
    this.#closed = true;
    this.#tell?.();
    for (const agent of this.#agents) agent.close('the hub stops');
    for (const inspector of this.#inspectors) inspector.close('the hub stops');
    for (const ws of this.#server.clients) ws.terminate();
    this.#server.close();
  }

  /** Counts a socket as a stranger until it has said hello, and ends it when it does not, or when it no longer answers. */
  #watch(ws: WebSocket): () => void {
    const { clock, limits } = this.#ports;
    let isStranger = true;
    this.#strangers++;
    const known = (): void => {
      if (isStranger) this.#strangers--;
      isStranger = false;
    };
    const stopHello = clock.after(limits.helloMs, () => {
      if (isStranger) ws.close(CLOSE_POLICY, 'no hello');
    });
    // Beats are counted, not time: a machine that slept has missed none.
    let missed = 0;
    const heard = (): void => void (missed = 0);
    ws.on('pong', heard);
    ws.on('message', heard);
    let stopBeat: Undo = () => undefined;
    const beat = (): void => {
      stopBeat = clock.after(limits.heartbeatMs, () => {
        if (missed++ >= MISSED_BEATS) return ws.terminate();
        if (ws.readyState === ws.OPEN) ws.ping();
        beat();
      });
    };
    beat();
    ws.on('close', () => {
      known();
      stopHello();
      stopBeat();
    });
    return known;
  }

  #agent(ws: WebSocket, from: ReturnType<typeof originOf>, known: () => void): void {
    const ports: AgentPorts = {
      admit: (hello) => {
        const grant = this.#agentGrant(hello, from.isHere);
        const { directory } = this.#ports;
        const before = directory.get(hello.client.clientId);
        const owner = grant?.id ?? null;
        if (before !== undefined && before.owner !== owner && before.connected) throw new AppError('NOT_PERMITTED', 'A client of this id is connected, and was let in by another token');
        const client = directory.greet(hello.client);
        client.remote = from.address;
        client.owner = owner;
        known();
        return { client, sessionId: grant?.id ?? 'loopback', hub: this.#ports.hubId };
      },
      changed: () => this.#changed(),
      limits: this.#ports.limits,
      clock: this.#ports.clock,
      log: this.#ports.log,
    };
    const link = new AgentLink(wsChannel(ws), ports);
    this.#agents.add(link);
    ws.on('close', () => this.#agents.delete(link));
  }

  /** An agent of this machine needs no token; one from elsewhere does, and one that brings a token must bring a good one. */
  #agentGrant(hello: Hello, isHere: boolean): Grant | null {
    if (hello.token === undefined && isHere) return null;
    const grant = hello.token === undefined ? null : this.#ports.grants.find(hello.token);
    if (grant === null) throw new AppError('UNAUTHENTICATED', 'This client is not paired with the hub: run `contextscope pair` there, and give the code to the client');
    return grant;
  }

  #inspector(ws: WebSocket, client: Client | null | undefined, remote: string, known: () => void): void {
    const ports: InspectorPorts = {
      admit: (hello) => {
        const grant = hello.token === undefined ? null : this.#ports.grants.find(hello.token);
        if (grant === null) throw new AppError('UNAUTHENTICATED', 'The hub does not know this token: open the link that it printed, or pair with a code');
        if (client === undefined) throw new AppError('UNKNOWN_CLIENT', 'The hub knows no client of this id');
        known();
        return { grant, hub: this.#ports.hubId };
      },
      answer: (method, params) => answerHubMethod(method, params, { ...this.#ports, inspectors: this.#inspectors }),
      audit: (entry) => this.#ports.audit.add(entry),
      limits: this.#ports.limits,
      clock: this.#ports.clock,
    };
    const link = new InspectorLink(wsChannel(ws), client ?? null, remote, ports);
    this.#inspectors.add(link);
    ws.on('close', () => this.#inspectors.delete(link));
  }

  #changed(delayMs = TELL_CHANGE_MS): void {
    if (this.#closed) return;
    this.#tell?.();
    this.#tell = this.#ports.clock.after(delayMs, () => {
      this.#tell = null;
      const links = [...this.#inspectors].filter(({ client }) => client === null);
      const targets = links.length === 0 ? [] : this.#ports.directory.targets();
      const text = JSON.stringify(targets);
      if (text !== this.#told) for (const link of links) link.pass('Hub.changed', { targets });
      this.#told = text;
      if (this.#agents.size > 0) this.#changed(TELL_SIZES_MS);
    });
  }
}

function targetOf(url: string): { readonly role: 'agent' | 'inspector'; readonly clientId?: string } | null {
  const path = url.replace(/[?#].*/, '');
  if (path === '/agent') return { role: 'agent' };
  if (path === '/hub') return { role: 'inspector' };
  const encoded = /^\/client\/([^/]+)$/.exec(path)?.[1];
  try {
    return encoded === undefined ? null : { role: 'inspector', clientId: decodeURIComponent(encoded) };
  } catch {
    return null;
  }
}

function refuse(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}\n`, () => socket.destroy());
}
