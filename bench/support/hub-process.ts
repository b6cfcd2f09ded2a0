import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { startHub } from '../../inspector-server/index.ts';

// A hub in a process of its own, which ends with the one that started it; beside it, for a floor, a bare relay: what one socket says, the
// others hear.

process.once('message', (dataDir: string) => void start(dataDir));

async function start(dataDir: string): Promise<void> {
  const hub = await startHub({ dataDir, port: 0 });
  const relay = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => relay.once('listening', resolve));
  relay.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      for (const other of relay.clients) if (other !== socket) other.send(data as Buffer, { binary: isBinary });
    });
  });
  process.send?.({ url: hub.url, relayUrl: `ws://127.0.0.1:${(relay.address() as AddressInfo).port}` });
  process.on('disconnect', () => void hub.close().then(() => process.exit()));
}
