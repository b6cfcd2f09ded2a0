import { messageOf } from '../shared/base/app-error.ts';
import { startAgent } from '../runtime/agent/index.ts';
import { createContextClient, type Platform } from '../runtime/index.ts';
import { dialWebSocket, nodePlatform } from '../runtime/platform/node/index.ts';
import type { FromDevice, ToDevice } from './messages.ts';
import { schema } from './schema.ts';
import { work } from './work.ts';

// One device of the demo: a process of its own with real files, told what to be by the process that started it.

const tell = (message: FromDevice): void => void process.send?.(message);
const tokens = new Map<number, (token: string) => void>();
const stop = new AbortController();
let nextToken = 1;

const askForToken = (): Promise<string> =>
  new Promise((resolve) => {
    const id = nextToken++;
    tokens.set(id, resolve);
    tell({ type: 'token', id });
  });

/** A network that can be pulled out: what is connected falls, and nothing new connects. */
function pluggable(platform: Platform): { platform: Platform; setOffline(offline: boolean): void } {
  let offline = false;
  const open = new Set<() => void>();
  return {
    platform: {
      ...platform,
      dial: (url, handlers) => {
        if (offline) {
          const timer = setTimeout(() => handlers.closed('offline'), 5);
          return { send: () => undefined, close: () => clearTimeout(timer) };
        }
        const socket = platform.dial(url, { ...handlers, closed: (reason) => (open.delete(drop), handlers.closed(reason)) });
        const drop = (): void => socket.close('offline');
        open.add(drop);
        return socket;
      },
    },
    setOffline: (now) => {
      offline = now;
      if (now) for (const drop of open) drop();
    },
  };
}

async function start(message: Extract<ToDevice, { type: 'start' }>): Promise<void> {
  const { device, dir, server, hub } = message;
  const { platform, setOffline } = pluggable(await nodePlatform({ dir }));
  const client = createContextClient({
    platform,
    deviceId: device.deviceId,
    auth: { userId: device.userId, token: askForToken },
    endpoints: [server],
    schema,
    app: 'Rounds 2.14.0',
    policy: { maxActive: device.maxActive },
    flightRecorder: true,
  });
  const agent = startAgent(client, { platform: { ...platform, dial: dialWebSocket }, hub, title: device.title, values: 'full' });
  tell({ type: 'ready' });
  const day = { client, device, signal: stop.signal, setOffline, wait: (ms: number) => wait(ms, stop.signal) };
  await work(day);
  setOffline(false);
  await client.close();
  agent.stop();
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

process.on('message', (message: ToDevice) => {
  switch (message.type) {
    case 'start':
      start(message).then(
        () => process.disconnect(),
        (thrown: unknown) => {
          tell({ type: 'problem', text: messageOf(thrown) });
          process.exitCode = 1;
          process.disconnect();
        },
      );
      return;
    case 'token':
      tokens.get(message.id)?.(message.token);
      tokens.delete(message.id);
      return;
    case 'stop':
      stop.abort();
  }
});
// Whoever started this process is gone: then so is the reason to be here.
process.on('disconnect', () => setTimeout(() => process.exit(), 200).unref());
// Ctrl-C goes to the whole group; the process that started this one says when to stop.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stop.abort());
