import { loadHash } from '../../sync-server/hash.ts';
import { digestOf, rowHash } from '../../shared/core/digest.ts';
import type { Version } from '../../shared/core/ids.ts';
import type { Socket, SocketHandlers } from '../../shared/engine/host.ts';
import { MAX_FRAME_BYTES } from '../../shared/protocol/sync/index.ts';
import { patient, patientId } from './data.ts';

// A sync server that is a function of this process: it stands in a client's socket seam, and costs next to nothing.

export const SEAM_URL = 'ws://seam.invalid/sync';

export interface SeamContext {
  readonly contextId: string;
  readonly head: number;
}

/** A DELTA frame without its activationId, which the client chooses. */
export interface PreparedDelta {
  text(activationId: string): string;
}

export interface Seam {
  dial(url: string, handlers: SocketHandlers): Socket;
  /** Says something to the client over the socket that is open now. */
  say(text: string): void;
  /** Resolves with the activationId of the next ACTIVATE_CONTEXT, which has been answered by then. */
  activated(): Promise<string>;
}

export function seamServer(contexts: readonly SeamContext[], userId = 'ann'): Seam {
  let handlers: SocketHandlers | null = null;
  let waiting: ((activationId: string) => void) | null = null;
  const heads = new Map(contexts.map((context) => [context.contextId, context.head]));
  const listed = contexts.map(({ contextId, head }) => ({ contextId, kind: 'tenant', role: 'writer', headVersion: head, logId: 'log', schemaVersion: 1, readableFrom: 1 }));
  const say = (text: string): void => handlers?.message(text);
  const answer = (frame: { type: string; contextId: string; activationId: string; sinceVersion: number }): void => {
    if (frame.type === 'HELLO') say(JSON.stringify({ type: 'WELCOME', protocol: 1, serverId: 'seam', serverTime: Date.now(), userId, contexts: listed, revoked: [] }));
    if (frame.type !== 'ACTIVATE_CONTEXT') return;
    const { contextId, activationId, sinceVersion } = frame;
    say(JSON.stringify({ type: 'CONTEXT_ACTIVATED', contextId, activationId, logId: 'log', headVersion: heads.get(contextId), horizon: 0, mode: 'delta', sinceVersion, schemaVersion: 1, readableFrom: 1 }));
    waiting?.(activationId);
    waiting = null;
  };
  return {
    dial: (_url, opened) => {
      handlers = opened;
      queueMicrotask(() => opened.opened());
      return { send: (text) => queueMicrotask(() => answer(JSON.parse(text) as never)), close: () => (handlers = null) };
    },
    say,
    activated: () => new Promise((resolve) => (waiting = resolve)),
  };
}

/** `rows` new rows as the server would send them: frames of at most 256 KiB, each with the digest at its end. */
export async function deltasOf(contextId: string, rows: number): Promise<readonly PreparedDelta[]> {
  const hash = await loadHash();
  const frames: PreparedDelta[] = [];
  let [sum, from, bytes] = [0n, 0, 0];
  let changes: string[] = [];
  const flush = (to: number): void => {
    const [head, tail] = [`{"type":"DELTA","contextId":${JSON.stringify(contextId)},"activationId":"`, `","fromVersion":${from},"toVersion":${to},"changes":[${changes.join(',')}],"digest":"${digestOf(sum)}"}`];
    // Through bytes: the text of a frame that came over a socket is flat.
    frames.push({ text: (activationId) => Buffer.from(head + activationId + tail).toString('utf8') });
    [from, bytes, changes] = [to, 0, []];
  };
  for (let n = 1; n <= rows; n++) {
    const value = JSON.stringify(patient(n));
    sum += rowHash(hash, 'patient', patientId(n), n as Version, value);
    const change = `{"contextId":"${contextId}","contextVersion":${n},"entity":"patient","entityId":"${patientId(n)}","op":"put","value":${value},"timestamp":${1_760_000_000_000 + n},"deviceId":"device-${n % 7}","mutationId":"m${n}","schemaVersion":1}`;
    changes.push(change);
    bytes += change.length;
    if (bytes > MAX_FRAME_BYTES - 2_000) flush(n);
  }
  if (changes.length > 0) flush(rows);
  return frames;
}
