import type { ContextId } from '../../shared/core/ids.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Device } from './device.ts';

// What is true of a device at any time, whatever happens.

/** LC3, LC6, IS2: nothing runs of a dormant context, no more are active than may be, and the registry says what the files say. */
export function checkClient(device: Device, engine: Engine, openFiles: ReadonlySet<ContextId>): void {
  const { world, deviceId } = device;
  const { activations } = engine.state;
  const app = Object.entries(activations).filter(([id, { purpose, lifecycle }]) => purpose === 'app' && lifecycle !== 'deactivating' && world.tenants.includes(id as unknown as ContextId));
  if (app.length > device.maxActive) world.fail(`LC3: ${deviceId} has ${app.length} active contexts, ${device.maxActive} are allowed`);
  const known = Object.keys(activations);
  if (engine.open.contexts !== known.length) world.fail(`LC6: ${deviceId} runs ${engine.open.contexts} machines for ${known.length} activations`);
  for (const id of openFiles) if (!known.includes(id)) world.fail(`LC6: ${deviceId} holds the partition of dormant ${id} open`);
  for (const { id } of device.downloads) if (!known.includes(id)) world.fail(`LC6: ${deviceId} fetches a snapshot for dormant ${id}`);
  for (const row of engine.state.rows.values()) {
    if (activations[row.contextId] !== undefined) continue;
    const partition = device.partition(row.contextId);
    if (row.lifecycle !== 'dormant') world.fail(`IS2: ${deviceId} says ${row.lifecycle} of ${row.contextId}, which has no activation`);
    if (row.partition.present !== (partition !== undefined)) world.fail(`IS2: ${deviceId} says of ${row.contextId} that its partition is ${row.partition.present ? '' : 'not '}there`);
    if (partition === undefined) continue;
    const [said, is] = [[row.localVersion, row.pendingWrites, row.logId], [partition.localVersion, partition.outbox.size, partition.logId]];
    if (said.some((value, at) => value !== is[at])) world.fail(`IS2: the row of ${row.contextId} on ${deviceId} says ${said.join(', ')}, its file ${is.join(', ')}`);
  }
}

/** IS2: after a crash every row says dormant and points to a file that is there, and no file is left that no row points to. */
export function checkRegistry(device: Device): void {
  const { world, deviceId, disk } = device;
  const named = new Set<string>();
  for (const row of device.engine?.state.rows.values() ?? []) {
    if (row.lifecycle !== 'dormant') world.fail(`IS2: ${deviceId} starts with ${row.contextId} ${row.lifecycle}`);
    const name = `${row.serverId.length}:${row.serverId}${row.contextId}#${row.partition.generation}`;
    if (!row.partition.present) continue;
    named.add(name);
    if (!disk.files.has(name)) world.fail(`IS2: ${deviceId} starts with a row of ${row.contextId} that points to no file`);
  }
  for (const name of disk.files.keys()) if (!named.has(name)) world.fail(`IS2: ${deviceId} starts with ${name}, which no row points to`);
}

/** IS3: a frame of another activation, or of a context that is not active, changes nothing of what is active. */
export function watchFence(device: Device, engine: Engine, text: string, deliver: () => void): void {
  const frame = JSON.parse(text) as { type: string; contextId?: ContextId; activationId?: string };
  const { contextId, activationId } = frame;
  if (contextId === undefined || activationId === undefined || engine.contextState(contextId)?.activationId === activationId) return device.guard(deliver);
  const before = device.world.tenants.map((id) => engine.contextState(id));
  device.guard(deliver);
  if (device.engine !== engine) return;
  for (const [at, id] of device.world.tenants.entries()) {
    const now = engine.contextState(id);
    if (now !== before[at]) device.world.fail(`IS3: a ${frame.type} of ${contextId} under ${activationId} changed ${id} under ${now?.activationId} on ${device.deviceId}`);
  }
}
