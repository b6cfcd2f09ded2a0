import type { RegistryRow } from '../../shared/core/registry-row.ts';
import type { ControlPort, ControlStatus } from '../control.ts';

/** One context as the debug protocol and recordings show it: its row, with what is true while it is active, and what runs of it. */
export function entryOf(control: ControlPort, row: RegistryRow) {
  const status = control.status(row.contextId);
  const bytes = row.partition.present ? row.partition.bytes : 0;
  const info = {
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

/** What a dormant context lacks is left out. */
interface ShownStatus {
  contextId: string;
  lifecycle: ControlStatus['lifecycle'];
  since: number;
  activationId?: string;
  connection?: NonNullable<ControlStatus['connection']>;
  doing?: NonNullable<ControlStatus['doing']>;
  holders: number;
  digest?: string;
  conflicts: number;
  openConflicts: number;
  pending: ControlStatus['pending'][number][];
}

function statusOf(row: RegistryRow, status: ControlStatus | undefined): ShownStatus {
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
