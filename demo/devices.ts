import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { issueToken } from '../sync-server/index.ts';
import { DEVICES, type DemoDevice } from './clinics.ts';
import type { FromDevice, ToDevice } from './messages.ts';

export interface FleetOptions {
  readonly dataDir: string;
  readonly server: string;
  readonly hub: string;
  readonly secret: Uint8Array;
  log(line: string): void;
}

const RESTART_DELAY = 1_000;
const STOP_DEADLINE = 6_000;

/** The devices of the demo, each a process that is started again when it dies. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #children = new Map<string, ChildProcess>();
  #stopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves once every device runs. */
  async start(): Promise<void> {
    await Promise.all(DEVICES.map((device) => this.#launch(device)));
  }

  /** Process ids by deviceId. */
  get pids(): ReadonlyMap<string, number | undefined> {
    return new Map([...this.#children].map(([deviceId, child]) => [deviceId, child.pid]));
  }

  #launch(device: DemoDevice): Promise<void> {
    const { dataDir, server, hub, secret, log } = this.#options;
    const file = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './device-process.ts' : './device-process.js', import.meta.url));
    const child = fork(file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#children.set(device.deviceId, child);
    const send = (message: ToDevice): void => {
      if (child.connected) child.send(message);
    };
    return new Promise((resolve) => {
      child.on('message', (message: FromDevice) => {
        switch (message.type) {
          case 'ready':
            return resolve();
          case 'problem':
            return log(`${device.title}: ${message.text}`);
          case 'token':
            void issueToken({ userId: device.userId, secret, expiresIn: '1h' }).then((token) => send({ type: 'token', id: message.id, token }));
        }
      });
      child.on('exit', (code, signal) => {
        resolve();
        if (this.#stopping) return;
        log(`${device.title} ended (${signal ?? `exit ${code}`}); it is started again`);
        setTimeout(() => {
          if (!this.#stopping) void this.#launch(device);
        }, RESTART_DELAY);
      });
      send({ type: 'start', device, dir: join(dataDir, 'devices', device.deviceId), server, hub });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#children.values()].map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE);
            child.once('exit', () => {
              clearTimeout(timer);
              resolve();
            });
            if (child.connected) child.send({ type: 'stop' } satisfies ToDevice);
            else child.kill('SIGTERM');
          }),
      ),
    );
  }
}
