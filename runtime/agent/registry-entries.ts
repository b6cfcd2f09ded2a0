import type { ContextStatus, RegistryEntry, RegistryRowInfo } from '../../shared/protocol/debug/index.ts';
import type { ControlPort, ControlStatus } from '../control.ts';
import type { RegistryRow } from '../../shared/core/registry-row.ts';

/** One context as the protocol shows it: its row, with what is true while it is active, and what runs of it. */
export function entryOf(control: ControlPort, row: RegistryRow): RegistryEntry {
  const status = control.status(row.contextId);
  const bytes = row.partition.present ? row.partition.bytes : 0;
  const info: RegistryRowInfo = {
    contextId: row.contextId,
    serverId: row.serverId,
    userId: row.userId,
    ...(row.title === null ? {} : { title: row.title }),
    kind: row.kind,
    endpoint: row.endpoint,
    role: row.role,
    lifecycle: status?.lifecycle ?? row.lifecycle,
    partition: { present: row.partition.present, generation: row.partition.generation, bytes },
    logId: row.logId,
    schemaVersion: row.schemaVersion,
    localVersion: status?.localVersion ?? row.localVersion,
    serverVersion: status?.serverVersion ?? row.serverVersion,
    pendingWrites: status === undefined || status.lifecycle === 'dormant' ? row.pendingWrites : status.pending.length,
    lastAccessAt: row.lastAccessAt,
    lastSyncedAt: row.lastSyncedAt,
    lastError: row.lastError,
    listed: row.listed,
    quarantine: row.quarantine,
  };
  return { row: info, status: statusOf(row, status) };
}

function statusOf(row: RegistryRow, status: ControlStatus | undefined): ContextStatus {
  if (status === undefined) return { contextId: row.contextId, lifecycle: 'dormant', since: row.lastAccessAt ?? 0, holders: 0, conflicts: 0, openConflicts: 0, pending: [] };
  const { activationId, connection, doing, digest } = status;
  return {
    contextId: row.contextId,
    lifecycle: status.lifecycle,
    since: status.since,
    ...(activationId === null ? {} : { activationId }),
    ...(connection === null ? {} : { connection }),
    ...(doing === null ? {} : { doing }),
    holders: status.holders,
    ...(digest === null ? {} : { digest }),
    conflicts: status.conflicts,
    openConflicts: status.openConflicts,
    pending: status.pending.slice(0, 100),
  };
}

/** Sends what changed since the last look, at most once in `REGISTRY_PERIOD`. */
export const REGISTRY_PERIOD = 150;

export class RegistryWatch {
  readonly #control: ControlPort;
  #known = new Map<string, string>();

  constructor(control: ControlPort) {
    this.#control = control;
  }

  reset(): void {
    this.#known = new Map();
  }

  changes(): { readonly entries: RegistryEntry[]; readonly removed: string[] } | null {
    const now = new Map<string, string>();
    const entries: RegistryEntry[] = [];
    for (const row of this.#control.rows()) {
      const entry = entryOf(this.#control, row);
      const text = JSON.stringify(entry);
      now.set(row.contextId, text);
      if (this.#known.get(row.contextId) !== text) entries.push(entry);
    }
    const removed = [...this.#known.keys()].filter((contextId) => !now.has(contextId));
    this.#known = now;
    return entries.length === 0 && removed.length === 0 ? null : { entries, removed };
  }
}
