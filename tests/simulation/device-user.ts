import type { AppError } from '../../shared/base/app-error.ts';
import { AssertionError } from '../../shared/base/assert.ts';
import type { Json } from '../../shared/base/json.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import type { Device } from './device.ts';
import type { EntityName } from './schema.ts';

// What the user of a device does: opens, writes, closes, settles, rebuilds, prunes.

const ENTITY_NAMES: readonly EntityName[] = ['list', 'list', 'doc', 'reg', 'note', 'form'];

const quietly = {
  resolve: () => undefined,
  reject: (error: AppError) => {
    if (error instanceof AssertionError) throw error;
  },
};

export function act(device: Device): void {
  const { engine, world } = device;
  if (engine === null) return device.start();
  const { random } = world;
  const pick = random.next();
  const id = random.pick(world.tenants);
  if (pick < 0.03) return writeStale(device);
  if (pick < 0.55 && device.held.size > 0) return writeSomewhere(device);
  if (pick < 0.8) return openContext(device, id, random.next() < 0.6);
  if (pick < 0.88) return close(device, id, random.next() < 0.4);
  if (pick < 0.93) return settleAgain(device);
  if (pick < 0.96) return rebuild(device);
  if (world.features.prune) return prune(device, id);
}

export function openContext(device: Device, id: ContextId, switching: boolean): void {
  const { engine, world } = device;
  if (engine === null) return;
  device.guard(() => {
    const callId = engine.call((call) => ({ type: 'activate', callId: call, contextId: id, switching }), {
      resolve: (result) => {
        if (device.engine === engine) device.held.set(id, result as { activationId: string; holder: string });
      },
      reject: () => undefined,
    });
    if (world.quiet || world.random.next() >= 0.05) return;
    world.time.after(world.random.int(300), () => device.guard(() => device.engine === engine && engine.feed({ type: 'abort', callId })));
  });
}

function close(device: Device, id: ContextId, force: boolean): void {
  const { engine, world } = device;
  const held = device.held.get(id);
  if (engine === null || held === undefined) return;
  device.guard(() => {
    if (force) engine.call((callId) => ({ type: 'deactivate', callId, contextId: id, force: world.random.next() < 0.5 }), quietly);
    else engine.feed({ type: 'release', contextId: id, holder: held.holder, callId: null });
  });
  device.held.delete(id);
  device.stale.push({ id, activationId: held.activationId });
}

function heldOne(device: Device): ContextId | null {
  const all = [...device.held.keys()];
  return all.length === 0 ? null : device.world.random.pick(all);
}

function writeSomewhere(device: Device): void {
  const id = heldOne(device);
  if (id === null) return;
  const { random } = device.world;
  const entity = random.pick(ENTITY_NAMES);
  write(device, id, entity, `${id}:${random.int(entity === 'list' ? 2 : 1)}`);
}

/** Writes to a row of a context that the app holds. */
export function write(device: Device, id: ContextId, entity: EntityName, entityId: string): void {
  const { engine, world } = device;
  const held = device.held.get(id);
  if (engine === null || held === undefined) return;
  const { oracle } = world;
  const made = oracle.begin(device, id, entity, entityId);
  const removes = world.features.deletes && world.random.next() < 0.2;
  device.guard(() =>
    engine.write(
      id,
      held.activationId,
      entity,
      entityId,
      (current) => oracle.valueFor(made, current === null ? null : (JSON.parse(current) as Json), removes, device.schema),
      {
        // What a process says after it died reaches nobody.
        resolve: () => (device.engine === engine ? oracle.acknowledged(made, stampOf(device, id, entity, entityId)) : undefined),
        reject: () => (device.engine === engine ? oracle.refused(made) : undefined),
      },
    ),
  );
}

/** IS3: a write under a handle whose activation is over, or is being ended, comes to nothing. */
function writeStale(device: Device): void {
  const { engine, world } = device;
  const old = device.stale.length === 0 ? undefined : world.random.pick(device.stale);
  if (engine === null || old === undefined) return;
  const { id, activationId } = old;
  const activation = engine.state.activations[id];
  if (activation?.activationId === activationId && activation.lifecycle !== 'deactivating') return;
  device.guard(() =>
    engine.write(id, activationId, 'list', `${id}:0`, () => '[-1]', {
      resolve: () => (device.engine === engine ? world.fail(`IS3: ${device.deviceId} took a write under ${activationId}, which is over`) : undefined),
      reject: () => world.count('stale write refused'),
    }),
  );
}

function stampOf(device: Device, id: ContextId, entity: string, entityId: string): readonly [number, string] | null {
  return device.engine?.contextState(id)?.partition?.pending.get(`${entity.length}:${entity}${entityId}`)?.chain.at(-1)?.row.stamp ?? null;
}

/** Settles some open conflict by hand, with what mine was. */
function settleAgain(device: Device): void {
  const { engine } = device;
  const id = heldOne(device);
  if (engine === null || id === null) return;
  const runner = engine.runner(id);
  const conflict = [...(device.partition(id)?.conflicts.values() ?? [])].find((other) => other.state === 'open');
  if (runner === undefined || conflict === undefined || engine.contextState(id)?.stage.name !== 'active') return;
  const { entity, entityId, conflictId, mine, theirs } = conflict;
  device.guard(() =>
    engine.callContext(
      id,
      (callId) => ({
        type: 'settle-conflict',
        callId,
        conflictId,
        write: { entity, entityId, text: mine.text },
        confirmed: runner.store.confirmed(entity, entityId),
        resolves: { mutationId: String(conflict.mutationIds[0]), theirsVersion: theirs.version, strategy: 'ask' },
      }),
      quietly,
    ),
  );
}

function rebuild(device: Device): void {
  const id = heldOne(device);
  const { engine, world } = device;
  if (engine === null || id === null) return;
  world.count('rebuild');
  let call = '';
  device.guard(() => engine.callContext(id, (callId) => ({ type: 'rebuild', callId: (call = callId) }), quietly));
  if (world.quiet || world.random.next() >= 0.3) return;
  world.count('rebuild aborted');
  world.time.after(world.random.int(300), () => device.guard(() => device.engine === engine && engine.tellContext(id, { type: 'abort-rebuild', callId: call })));
}

function prune(device: Device, id: ContextId): void {
  const { engine, world } = device;
  if (engine === null) return;
  const choice = world.random.pick(['refuse', 'quarantine', 'quarantine', 'discard'] as const);
  const idle = engine.state.activations[id] === undefined && engine.state.removals[id] === undefined;
  if (choice === 'discard' && idle) world.oracle.discarded(device, id);
  device.guard(() =>
    engine.call((callId) => ({ type: 'prune', callId, contexts: [id], choice, dryRun: world.random.next() < 0.2 }), {
      resolve: () => world.count(`prune ${choice}`),
      reject: () => undefined,
    }),
  );
}
