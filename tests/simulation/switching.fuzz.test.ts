import { expect, test } from 'vitest';
import { hash64 } from '../support/hash.ts';
import type { Device } from './device.ts';
import { World } from './world.ts';

const hash = await hash64();
const CONTEXTS = Array.from({ length: 20 }, (_, i) => `clinic-${i + 1}`);
const QUIET = { crash: false, compact: false, restore: false, silentRestore: false, reject: false, roles: false, prune: false, revoke: false, migrate: false, diskErrors: false, serverCrash: false };

/** One round: a switch somewhere, overtaken or not, and now and then a write under the handle that this leaves, or under one that is over. */
function round(world: World, device: Device, counts: { done: number; overtaken: number; refused: number }): void {
  const { engine } = device;
  if (engine === null) throw new Error('the process has ended');
  const { random } = world;
  const id = random.pick(world.tenants);
  engine.call((callId) => ({ type: 'activate', callId, contextId: id, switching: true }), {
    resolve: (result) => {
      counts.done++;
      const { activationId } = result as { activationId: string };
      if (random.next() < 0.05) engine.write(id, activationId, 'reg', `${id}:0`, () => `{"w":${random.int(1_000)}}`, { resolve: () => undefined, reject: () => undefined });
      // Held until after the next switch: by then it is over.
      world.time.after(400, () =>
        engine.write(id, activationId, 'reg', `${id}:0`, () => '{"w":-1}', {
          resolve: () => {
            if (engine.state.activations[id]?.activationId !== activationId) world.fail(`IS3: a write under ${activationId} was taken, and it is over`);
          },
          reject: () => void counts.refused++,
        }),
      );
    },
    reject: () => void counts.overtaken++,
  });
  world.advance(random.int(60));
  if (random.next() < 0.02) world.network.cut({ device: device.index });
  device.checkInvariants();
}

function heap(): number {
  global.gc?.();
  global.gc?.();
  return process.memoryUsage().heapUsed;
}

test('LC3 IS3 LC6: 10,000 rapid switches over 20 contexts, under latency, loss and reordering, leave nothing stale, nothing open and no more memory', () => {
  const world = new World({ seed: 11, hash, features: QUIET, tenants: CONTEXTS, devices: 1 });
  world.network.faults = { drop: 0.05, duplicate: 0.05, reorder: 0.3 };
  const [device] = world.devices as [Device];
  device.start();
  const counts = { done: 0, overtaken: 0, refused: 0 };
  const run = (rounds: number): void => {
    for (let i = 0; i < rounds && world.failure === null; i++) {
      // What is counted is the switching, not how much ever went over this network.
      world.network.frames = 0;
      device.stale.length = 0;
      round(world, device, counts);
    }
  };
  // Every context is fetched, and everything is compiled, before anything is compared.
  run(1_000);
  expect(world.failure).toBeNull();
  const before = heap();
  run(9_000);
  expect(world.failure).toBeNull();
  const after = heap();
  expect(counts.done).toBeGreaterThan(500);
  expect(counts.overtaken).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(100);
  expect(after).toBeLessThanOrEqual(before * 1.05);
  // Everything is let go of: no machine, no file, no download, no timer but the server's sweeps.
  device.engine?.call((callId) => ({ type: 'close', callId }), { resolve: () => undefined, reject: () => undefined });
  world.advance(60_000);
  expect([device.engine?.open, device.downloads.size]).toEqual([{ contexts: 0, sockets: 0, calls: 0 }, 0]);
  expect(world.failure).toBeNull();
  for (const server of world.servers) server.stop();
  world.advance(60_000);
  expect(world.time.pending).toBe(0);
});
