import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import WebSocket from 'ws';
import xxhash from 'xxhash-wasm';
import type { Clock } from '../../../shared/base/clock.ts';
import type { Random } from '../../../shared/base/random.ts';
import type { Hash64 } from '../../../shared/core/digest.ts';
import type { Socket, SocketHandlers } from '../../../shared/engine/host.ts';
import { MAX_RECEIVED_BYTES } from '../../../shared/protocol/sync/index.ts';
import type { Platform } from '../../platform.ts';
import { FLIGHT_FOLDER, NodeAppendFiles } from './node-append-files.ts';
import { NodeFiles } from './node-files.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  id: () => randomBytes(17).toString('base64url').slice(0, 22),
};

/** xxHash64 with seed 0 over UTF-8. */
export async function xxHash64(): Promise<Hash64> {
  const { h64 } = await xxhash();
  return (text) => h64(text);
}

/** Dials a sync server. */
export function dialWebSocket(url: string, handlers: SocketHandlers): Socket {
  const socket = new WebSocket(url, { maxPayload: MAX_RECEIVED_BYTES, perMessageDeflate: { threshold: 4_096 }, handshakeTimeout: 10_000 });
  let reason = 'the connection ended';
  socket.on('open', () => handlers.opened());
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003, 'text frames only');
    else handlers.message((data as Buffer).toString('utf8'));
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.on('close', () => handlers.closed(reason));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}

/** Node as a platform: SQLite files in `dir`, sockets by ws, the system's clock and chance. */
export async function nodePlatform(options: { readonly dir: string }): Promise<Platform> {
  const hash = await xxHash64();
  return {
    name: `node ${process.versions.node} on ${process.platform}`,
    type: 'node',
    clock: systemClock,
    random: systemRandom,
    hash,
    files: (token) => new NodeFiles(options.dir, token),
    dial: dialWebSocket,
    recorderFiles: () => new NodeAppendFiles(join(options.dir, FLIGHT_FOLDER)),
    // After what is queued already: writes made by several tasks of one turn share one sync to disk.
    defer: (task) => void setImmediate(task),
  };
}
