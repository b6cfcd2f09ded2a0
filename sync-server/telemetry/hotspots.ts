import { rowKey } from '../../shared/core/change.ts';
import type { ContextId, DeviceId } from '../../shared/core/ids.ts';
import type { Activity, LogStore } from '../store/log-store.ts';

/** Pairs of context and device that are counted at once before they are written down early. */
const MAX_PENDING = 10_000;

type Count = 'applied' | 'refused' | 'resolved' | 'caused' | 'rejected';

export interface Hotspot {
  readonly contextId: ContextId;
  /** Refused pushes and settled conflicts. */
  readonly conflicts: number;
  readonly applied: number;
  readonly devices: readonly { deviceId: DeviceId; caused: number; refused: number; resolved: number; applied: number; share: number }[];
}

/**
 * Which context and which device make the most conflicts (TE2). Counted here and added to the store now and then, so that all processes
 * on one database see the same. A refused push counts for the device that sent it and for the one whose change stood in its way:
 * an integration that overwrites everybody is never refused itself.
 */
export class Hotspots {
  readonly #store: LogStore;
  #pending = new Map<string, Activity>();

  constructor(store: LogStore) {
    this.#store = store;
  }

  count(contextId: ContextId, deviceId: DeviceId, what: Count, by = 1): void {
    const key = rowKey(contextId, deviceId);
    const before = this.#pending.get(key) ?? { contextId, deviceId, applied: 0, refused: 0, resolved: 0, caused: 0, rejected: 0 };
    this.#pending.set(key, { ...before, [what]: before[what] + by });
  }

  get isFull(): boolean {
    return this.#pending.size >= MAX_PENDING;
  }

  /** Adds what was counted since the last call to the store. What cannot be written is counted on. */
  async flush(now: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const batch = this.#pending;
    this.#pending = new Map();
    try {
      await this.#store.addActivity(now, [...batch.values()]);
    } catch (thrown) {
      for (const one of batch.values()) {
        for (const what of ['applied', 'refused', 'resolved', 'caused', 'rejected'] as const) if (one[what] > 0) this.count(one.contextId, one.deviceId, what, one[what]);
      }
      throw thrown;
    }
  }

  /** The contexts with the most conflicts since `since` (ms since 1970), and in each the devices that have part in the most. */
  async top(since: number, now: number, limit: number): Promise<Hotspot[]> {
    await this.flush(now);
    const byContext = new Map<ContextId, Activity[]>();
    for (const one of await this.#store.activity(since)) {
      const list = byContext.get(one.contextId);
      if (list === undefined) byContext.set(one.contextId, [one]);
      else list.push(one);
    }
    return [...byContext]
      .map(([contextId, list]) => hotspot(contextId, list))
      .filter((one) => one.conflicts > 0)
      .sort((a, b) => b.conflicts - a.conflicts)
      .slice(0, limit);
  }
}

function hotspot(contextId: ContextId, list: readonly Activity[]): Hotspot {
  const conflicts = list.reduce((sum, one) => sum + one.refused + one.resolved, 0);
  const devices = list
    .map((one) => ({ deviceId: one.deviceId, caused: one.caused, refused: one.refused, resolved: one.resolved, applied: one.applied, share: conflicts === 0 ? 0 : (one.caused + one.refused) / conflicts }))
    .sort((a, b) => b.caused + b.refused + b.resolved - (a.caused + a.refused + a.resolved))
    .slice(0, 10);
  return { contextId, conflicts, applied: list.reduce((sum, one) => sum + one.applied, 0), devices };
}
