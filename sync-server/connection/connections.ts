import type { DeviceId, UserId } from '../../shared/core/ids.ts';
import type { StoreNews } from '../store/log-store.ts';
import type { Connection } from './connection.ts';

/** The sockets of this process, and who is behind them. */
export class Connections {
  readonly #all = new Map<string, Connection>();
  readonly #silent = new Set<Connection>();
  readonly #byUser = new Map<UserId, Set<Connection>>();
  readonly #byDevice = new Map<DeviceId, Set<Connection>>();

  get size(): number {
    return this.#all.size;
  }

  get silent(): number {
    return this.#silent.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#all.values();
  }

  add(connection: Connection, maxSilent: number): void {
    this.#all.set(connection.id, connection);
    this.#silent.add(connection);
    // Sockets that never say who they are push out each other, not those that work.
    const [oldest] = this.#silent;
    if (oldest === undefined || this.#silent.size <= maxSilent) return;
    this.#silent.delete(oldest);
    oldest.close(1013, 'too many sockets wait for their HELLO');
  }

  named(connection: Connection, userId: UserId, deviceId: DeviceId): void {
    this.#silent.delete(connection);
    if (!this.#all.has(connection.id)) return;
    put(this.#byUser, userId, connection);
    put(this.#byDevice, deviceId, connection);
  }

  remove(connection: Connection, userId: UserId | null, deviceId: DeviceId | null): void {
    this.#all.delete(connection.id);
    this.#silent.delete(connection);
    if (userId !== null) take(this.#byUser, userId, connection);
    if (deviceId !== null) take(this.#byDevice, deviceId, connection);
  }

  ofUser(userId: UserId): readonly Connection[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  ofDevice(deviceId: DeviceId, except: string): readonly Connection[] {
    return [...(this.#byDevice.get(deviceId) ?? [])].filter((connection) => connection.id !== except);
  }

  /** What other connections and processes told; every word of it may also be lost. */
  hear(news: StoreNews): void {
    switch (news.type) {
      case 'access':
        for (const connection of this.ofUser(news.userId)) connection.refreshAccess();
        return;
      case 'activated':
        for (const connection of this.ofDevice(news.deviceId, news.connectionId)) connection.replaced(news.contextId, news.activationId);
        return;
      case 'device':
        for (const connection of this.ofDevice(news.deviceId, news.connectionId)) connection.proveAlive(news.connectionId);
        return;
      case 'device-taken':
        this.#all.get(news.connectionId)?.deviceTaken();
        return;
      case 'head':
      case 'resumed':
        return;
    }
  }
}

function put<K>(map: Map<K, Set<Connection>>, key: K, connection: Connection): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([connection]));
  else set.add(connection);
}

function take<K>(map: Map<K, Set<Connection>>, key: K, connection: Connection): void {
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}
