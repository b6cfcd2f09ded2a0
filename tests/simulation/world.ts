import type { Json } from '../../shared/base/json.ts';
import { seededRandom } from '../../shared/base/random.ts';
import { rowKey } from '../../shared/core/change.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import { contextId, type ContextId, type Version } from '../../shared/core/ids.ts';
import { Oracle } from './oracle.ts';
import { COARSE, Device } from './device.ts';
import { act, openContext, write } from './device-user.ts';
import { Network } from './network.ts';
import { SimServer, SimStore, type ServerBugs } from './sim-server.ts';
import type { StoreOperation } from './store-trace.ts';
import { EPOCH, VirtualTime } from './virtual-time.ts';

/** What may go wrong in a run; drawn from the seed, so that every combination comes. */
export interface Features {
  readonly crash: boolean;
  readonly deletes: boolean;
  readonly compact: boolean;
  readonly restore: boolean;
  readonly silentRestore: boolean;
  readonly oldSnapshots: boolean;
  readonly reject: boolean;
  readonly roles: boolean;
  readonly skew: boolean;
  readonly prune: boolean;
  readonly revoke: boolean;
  readonly migrate: boolean;
  readonly diskErrors: boolean;
  readonly serverCrash: boolean;
  readonly ambient: boolean;
  /** Clocks tick in steps, so that stamps of two devices are often equal. */
  readonly coarse: boolean;
}

const QUIET: Features = {
  crash: false,
  deletes: false,
  compact: false,
  restore: false,
  silentRestore: false,
  oldSnapshots: false,
  reject: false,
  roles: false,
  skew: false,
  prune: false,
  revoke: false,
  migrate: false,
  diskErrors: false,
  serverCrash: false,
  ambient: false,
  coarse: false,
};

export function featuresOf(seed: number): Features {
  const random = seededRandom(seed ^ 0x5eed);
  const some = (share: number): boolean => random.next() < share;
  const restore = some(0.2);
  const drawn = {
    crash: some(0.5),
    deletes: some(0.4),
    compact: some(0.35),
    restore,
    silentRestore: restore && some(0.4),
    oldSnapshots: some(0.4),
    reject: some(0.2),
    roles: some(0.15),
    skew: some(0.25),
    prune: some(0.3),
    revoke: some(0.12),
    migrate: some(0.25),
    diskErrors: some(0.2),
    serverCrash: some(0.3),
    ambient: some(0.3),
    coarse: some(0.2),
  };
  // Where nothing but writes and the network go on, the winner of each field is known, and checked.
  return some(0.12) ? { ...QUIET, serverCrash: drawn.serverCrash, oldSnapshots: drawn.oldSnapshots, coarse: some(0.7) } : drawn;
}

export interface WorldOptions {
  readonly seed: number;
  readonly hash: Hash64;
  readonly features?: Partial<Features>;
  readonly steps?: number;
  readonly bugs?: ServerBugs;
  /** Whether steps are recorded and run again at the end (RP8). */
  readonly record?: boolean;
  /** Takes a line for each event, to see what led to a failure. */
  readonly trace?: (line: string) => void;
  /** Whether every event is kept, for the report of a failure. */
  readonly keepEvents?: boolean;
  /** Tenant contexts by name; else two or three. */
  readonly tenants?: readonly string[];
  /** How many devices; else two or three. */
  readonly devices?: number;
  /** Told of every operation of the server's store. */
  readonly observeStore?: (operation: StoreOperation) => void;
}

export interface RunResult {
  readonly seed: number;
  /** Null: every invariant held. */
  readonly failure: string | null;
  readonly events: number;
  readonly frames: number;
  readonly features: Features;
  readonly counts: { readonly [kind: string]: number };
}

/** More than any run needs: above it somebody answers somebody for ever. */
const MAX_FRAMES = 10_000;

/** Several devices, several server processes on one store, one clock, one seed. */
export class World {
  readonly time = new VirtualTime();
  readonly random: ReturnType<typeof seededRandom>;
  readonly features: Features;
  readonly store = new SimStore();
  readonly servers: SimServer[] = [];
  readonly network: Network;
  readonly devices: Device[] = [];
  readonly tenants: readonly ContextId[];
  readonly oracle: Oracle;
  readonly options: WorldOptions;
  readonly counts: Record<string, number> = {};
  quiet = false;
  failure: string | null = null;
  #backups: { contextId: ContextId; backup: ReturnType<SimStore['backup']> }[] = [];

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
    this.features = { ...featuresOf(options.seed), ...options.features };
    this.store.observer = options.observeStore ?? null;
    const drawn = ['clinic-a', 'clinic-b', 'clinic-c'].slice(0, 2 + this.random.int(2));
    this.tenants = (options.tenants ?? drawn).map(contextId);
    for (const id of this.tenants) {
      this.store.addContext(id, 'tenant');
      this.#write(id, 'note', `${id}:0`, { schema: 1, t: '' });
    }
    if (this.features.ambient) this.store.addContext(contextId('shared'), 'ambient');
    this.oracle = new Oracle(this);
    for (let i = 0; i < 2; i++) this.servers.push(this.#server());
    const faults = { drop: this.random.next() * 0.12, duplicate: this.random.next() * 0.12, reorder: this.random.next() * 0.4 };
    this.network = new Network(this.time, this.random, this.servers, faults);
    const count = 2 + this.random.int(2);
    for (let i = 0; i < (options.devices ?? count); i++) this.devices.push(new Device(this, i));
  }

  #server(): SimServer {
    const { time, store, random, features } = this;
    const server: SimServer = new SimServer({
      time,
      store,
      hash: this.options.hash,
      random,
      bugs: this.options.bugs ?? {},
      oldSnapshots: features.oldSnapshots,
      rejectSome: features.reject,
      clockGrain: features.coarse ? COARSE : 1,
      hint: (id) => {
        for (const other of this.servers) {
          if (other === server || random.next() < 0.3) continue;
          time.after(random.int(200), () => other.feed(id));
        }
      },
    });
    return server;
  }

  fail(text: string): void {
    this.failure ??= `at ${this.time.now} ms: ${text}`;
  }

  count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  run(): RunResult {
    const steps = this.options.steps ?? 140;
    for (const device of this.devices) device.start();
    for (let i = 0; i < steps && this.failure === null; i++) {
      this.advance(this.random.int(700));
      this.#act();
      for (const device of this.devices) device.checkInvariants();
    }
    if (this.failure === null) this.#settle();
    if (this.failure === null) this.oracle.check();
    const events = this.devices.reduce((sum, device) => sum + device.events, 0);
    for (const device of this.devices) device.finish();
    for (const server of this.servers) server.stop();
    return { seed: this.options.seed, failure: this.failure, events, frames: this.network.frames, features: this.features, counts: this.counts };
  }

  advance(by: number): void {
    const until = this.time.now + by;
    try {
      while (this.failure === null && this.time.step(until)) if (this.network.frames > MAX_FRAMES) this.fail(`SY8: runs away, ${this.network.frames} frames`);
    } catch (thrown) {
      this.fail(thrown instanceof Error ? (thrown.stack ?? thrown.message).slice(0, 600) : String(thrown));
    }
    this.time.now = Math.max(this.time.now, until);
  }

  /** One thing that a user, an operator or fate does. */
  #act(): void {
    const { random, features } = this;
    const device = random.pick(this.devices);
    const pick = random.next();
    if (pick < 0.05) return this.#together();
    if (pick < 0.8) return act(device);
    if (pick < 0.86) return this.network.cut({ device: device.index });
    if (pick < 0.9) {
      this.network.setOffline(device.index, !this.network.isOffline(device.index));
      return;
    }
    const rare: (() => void)[] = [];
    if (features.crash) {
      rare.push(
        () => device.crash(),
        () => device.kill(),
        () => device.crashAtTouch(random.int(12), false),
        () => this.#crashInSwap(device),
      );
    }
    if (features.compact) rare.push(() => this.#compact());
    if (features.restore) rare.push(() => this.#backup(), () => this.#restore());
    if (features.roles) rare.push(() => this.#role(device));
    if (features.skew) rare.push(() => device.jump(random.pick([0, 290_000, -290_000, 3_600_000, -31_536_000_000])));
    if (features.revoke) rare.push(() => this.#revoke(device));
    if (features.migrate) rare.push(() => device.updateApp());
    if (features.diskErrors) rare.push(() => device.fillDisk());
    if (features.serverCrash) rare.push(() => this.#crashServer());
    if (features.ambient) rare.push(() => this.#backOffice());
    if (rare.length > 0) random.pick(rare)();
  }

  /** Every device that has a context open writes to one row of it at one time. */
  #together(): void {
    const { random } = this;
    const id = random.pick(this.tenants);
    const entity = random.pick(['list', 'doc', 'reg', 'note'] as const);
    for (const device of this.devices) write(device, id, entity, `${id}:0`);
  }

  /** A swap is begun, and the power goes in the middle of it. */
  #crashInSwap(device: Device): void {
    const id = this.random.pick([...device.held.keys(), ...this.tenants]);
    device.crashAtTouch(this.random.int(6), true);
    if (!device.held.has(id)) openContext(device, id, false);
    device.guard(() => device.engine?.callContext(id, (callId) => ({ type: 'rebuild', callId }), { resolve: () => undefined, reject: () => undefined }));
  }

  #compact(): void {
    const id = this.random.pick(this.tenants);
    const { log } = this.store.of(id);
    this.count('compact');
    // The horizon is days old: no frame is on its way from before it.
    for (const device of this.devices) this.network.cut({ device: device.index });
    this.store.compact(id, Math.max(0, (log.head as number) - this.random.int(5)) as Version);
  }

  #backup(): void {
    const id = this.random.pick(this.tenants);
    this.#backups.push({ contextId: id, backup: this.store.backup(id) });
  }

  #restore(): void {
    const chosen = this.#backups.splice(this.random.int(this.#backups.length), 1)[0];
    if (chosen === undefined) return;
    this.count('restore');
    const { contextId: id, backup } = chosen;
    const lost = this.store.of(id);
    const silent = this.features.silentRestore && this.random.next() < 0.5;
    this.options.trace?.(`${this.time.now} server ${id} restored from ${lost.log.head} to ${backup.log.head}${silent ? ' in silence' : ''}`);
    this.oracle.restored(id, lost, backup, silent);
    this.store.restore(id, backup, silent);
    this.#backups = this.#backups.filter((other) => other.contextId !== id || other.backup.log.head <= backup.log.head);
    for (const server of this.servers) this.network.cut({ server });
  }

  #role(device: Device): void {
    const id = this.random.pick(this.tenants);
    const key = `${id}/${device.deviceId}`;
    this.store.roles.set(key, this.store.roles.get(key) === 'reader' ? 'writer' : 'reader');
    this.count('role');
  }

  #revoke(device: Device): void {
    const id = this.random.pick(this.tenants);
    const key = `${id}/${device.deviceId}`;
    if (this.store.revoked.has(key)) return;
    const acceptUntil = this.random.next() < 0.5 ? EPOCH + this.time.now + 60_000 : undefined;
    this.store.revoked.set(key, acceptUntil === undefined ? { contextId: id } : { contextId: id, acceptUntil });
    this.oracle.revoked(device, id);
    for (const server of this.servers) server.revokeNow(device.deviceId, id, acceptUntil);
    this.count('revoke');
  }

  #crashServer(): void {
    const index = this.random.int(this.servers.length);
    const old = this.servers[index] as SimServer;
    this.network.cut({ server: old });
    old.stop();
    this.servers[index] = this.#server();
    this.count('server-crash');
  }

  #backOffice(): void {
    this.#write(contextId('shared'), 'code', `code-${this.random.int(20)}`, { title: this.random.id() });
  }

  /** A change from the back office, past every device. */
  #write(id: ContextId, entity: string, entityId: string, value: Json): void {
    const { log } = this.store.of(id);
    const mutationId = `office-${this.time.now}-${this.random.int(1e6)}` as never;
    const row = this.store.of(id).rows.get(rowKey(entity, entityId));
    const at = EPOCH + this.time.now;
    this.store.push(
      id,
      { deviceId: 'office' as never, role: 'admin', backOffice: true },
      {
        logId: log.logId,
        localVersion: log.head,
        mutations: [{ mutationId, entity, entityId, op: 'put', value, baseVersion: row?.version ?? (0 as Version), timestamp: at, schemaVersion: 1 }],
      },
      at,
      this.options.hash,
      {},
      this.random.next,
    );
    for (const server of this.servers) server.feed(id);
  }

  /** Peace: the network heals, every device visits every context, twice: once to bring its writes, once to hear of the others'. */
  #settle(): void {
    this.quiet = true;
    this.network.quiet = true;
    this.store.roles.clear();
    for (const device of this.devices) {
      this.network.setOffline(device.index, false);
      // A frame that a real socket would not have lost may have told of a revocation: a new WELCOME tells it again.
      this.network.cut({ device: device.index });
      device.makePeace();
    }
    for (let round = 0; round < 2; round++) {
      for (const id of this.tenants) {
        for (const device of this.devices) device.visit(id);
        const deadline = this.time.now + 400_000;
        while (this.failure === null && this.time.now < deadline && !this.devices.every((device) => device.isSettled(id))) this.advance(250);
        const stuck = this.devices.find((device) => !device.isSettled(id));
        if (stuck !== undefined) return this.fail(`stuck: ${stuck.describe(id)}, server ${this.store.of(id).log.head} ${this.store.of(id).log.logId}`);
      }
    }
  }
}
