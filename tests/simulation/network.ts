import type { Socket, SocketHandlers } from '../../shared/engine/host.ts';
import type { seededRandom } from '../../shared/base/random.ts';
import type { SimServer } from './sim-server.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface NetworkFaults {
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
}

interface Connection {
  readonly id: number;
  readonly device: number;
  readonly server: SimServer;
  readonly handlers: SocketHandlers;
  open: boolean;
  /** When the last frame each way arrives at the earliest, so that order is kept unless it is to be broken. */
  readonly last: { up: number; down: number };
}

/** Delays, drops, duplicates, reorders and cuts, until it is told to be quiet. */
export class Network {
  faults: NetworkFaults;
  quiet = false;
  readonly #time: VirtualTime;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #servers: SimServer[];
  readonly #connections = new Map<number, Connection>();
  readonly #offline = new Set<number>();
  #next = 1;
  frames = 0;

  constructor(time: VirtualTime, random: ReturnType<typeof seededRandom>, servers: SimServer[], faults: NetworkFaults) {
    this.#time = time;
    this.#random = random;
    this.#servers = servers;
    this.faults = faults;
  }

  dial(device: number, handlers: SocketHandlers): Socket {
    const id = this.#next++;
    const server = this.#servers[this.#random.int(this.#servers.length)] as SimServer;
    const connection: Connection = { id, device, server, handlers, open: true, last: { up: 0, down: 0 } };
    this.#connections.set(id, connection);
    this.#time.after(5 + this.#random.int(60), () => {
      if (!connection.open) return;
      if (this.#offline.has(device)) this.#close(connection, 'unreachable');
      else handlers.opened();
    });
    return {
      send: (text) => this.#carry(connection, 'up', () => server.message(id, text, (reply) => this.#carry(connection, 'down', () => handlers.message(reply)))),
      close: () => {
        connection.open = false;
        this.#connections.delete(id);
        this.#time.after(20, () => server.disconnect(id));
      },
    };
  }

  #carry(connection: Connection, way: 'up' | 'down', deliver: () => void): void {
    if (!connection.open) return;
    this.frames++;
    const { drop, duplicate, reorder } = this.quiet ? { drop: 0, duplicate: 0, reorder: 0 } : this.faults;
    if (this.#random.next() < drop) return;
    const copies = this.#random.next() < duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const delay = this.quiet ? 5 : 5 + this.#random.int(120);
      const loose = this.#random.next() < reorder;
      const at = loose ? this.#time.now + delay : Math.max(connection.last[way], this.#time.now + delay);
      if (!loose) connection.last[way] = at;
      this.#time.after(at - this.#time.now, () => {
        if (connection.open && !this.#offline.has(connection.device)) deliver();
      });
    }
  }

  #close(connection: Connection, reason: string): void {
    if (!connection.open) return;
    connection.open = false;
    this.#connections.delete(connection.id);
    connection.server.disconnect(connection.id);
    connection.handlers.closed(reason);
  }

  /** Cuts the sockets of a device, of a server process, or all. */
  cut(which: { device?: number; server?: SimServer }): void {
    for (const connection of [...this.#connections.values()]) {
      if ((which.device === undefined || which.device === connection.device) && (which.server === undefined || which.server === connection.server)) this.#close(connection, 'cut');
    }
  }

  setOffline(device: number, offline: boolean): void {
    if (offline) {
      this.#offline.add(device);
      this.cut({ device });
    } else {
      this.#offline.delete(device);
    }
  }

  isOffline(device: number): boolean {
    return this.#offline.has(device);
  }
}
