import { AppError } from '../shared/base/app-error.ts';
import { rowKey, type Change } from '../shared/core/change.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import type { ConfirmedRow } from '../shared/core/row.ts';
import { cancelled, checkCancelled } from './cancel.ts';
import type { ControlPort, JobOptions, StateReport } from './control.ts';
import { everySoOften } from './every-so-often.ts';
import { putChange, readConfirmed, shown, type KeyedRows } from './keyed-rows.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { Reach } from './server-connection.ts';
import { compacted, ServerReader, type LogReach, type ReadySnapshot } from './server-reader.ts';
import { checkSnapshot } from './storage/snapshot-check.ts';
import type { StoreFiles } from './storage/store-files.ts';

export interface ServerReadParts {
  readonly control: ControlPort;
  readonly reader: PartitionReader;
  readonly files: StoreFiles;
  readonly hash: Hash64;
  readonly reach: Reach;
  /** MG2: a row of an older schema as this app reads it. */
  upgraded(entity: string, row: ConfirmedRow): ConfirmedRow;
  monotonic(): number;
}

/** A context as its server has it, read over a connection of its own. */
export interface ServerRows {
  readonly server: ServerReader;
  readonly snapshot: ReadySnapshot;
  /** Fetches the snapshot and reads it. */
  load(): Promise<KeyedRows>;
  /** Done of the whole, from 0 to 1. Throws `CANCELLED` when nobody wants it any more. */
  at(part: number): void;
  /** Lets others have their turn. */
  turn(): Promise<void>;
}

/** Of the whole, fetching and reading the snapshot. */
const FETCHED = 0.5;
const LOADED = 0.6;
/** And reading the log. */
export const LOGGED = 0.9;

/** Reads a context from its server; whatever comes of it, the connection is closed and what was fetched is gone (DB10). */
export async function withServerRows<T>(parts: ServerReadParts, row: RegistryRow, { signal, progress }: JobOptions, work: (source: ServerRows) => Promise<T>): Promise<T> {
  let told = -1;
  const at = (part: number): void => {
    checkCancelled(signal);
    const percent = Math.round(part * 100);
    if (percent > told) progress?.((told = percent), 100);
  };
  const turn = async (): Promise<void> => {
    await new Promise<void>((resolve) => void parts.reach.after(0, resolve));
    checkCancelled(signal);
  };
  const server = await ServerReader.open(parts.reach, row.endpoint, row.contextId, { signal });
  const name = `c-${parts.files.nameOf(parts.reach.newId())}.part`;
  try {
    at(0);
    const snapshot = await server.snapshot(parts.control.schema.version);
    const load = async (): Promise<KeyedRows> => {
      await receive(parts, name, { ...snapshot, endpoint: row.endpoint }, signal, at);
      const rows: KeyedRows = new Map();
      const handle = parts.files.openReadOnly(name);
      try {
        checkSnapshot(handle, row.contextId, snapshot);
        await readConfirmed(handle, 'rows', rows, turn);
      } finally {
        handle.close();
      }
      at(LOADED);
      return rows;
    };
    return await work({ server, snapshot, load, at, turn });
  } catch (thrown) {
    throw signal?.aborted === true ? cancelled() : thrown;
  } finally {
    server.close();
    parts.files.remove(name);
  }
}

/** The file itself says how far its download is. */
async function receive({ files, reach }: ServerReadParts, name: string, ref: Parameters<StoreFiles['receive']>[1], signal: AbortSignal | undefined, at: (part: number) => void): Promise<void> {
  const stopLooking = everySoOften((ms, run) => reach.after(ms, run), () => {
    if (signal?.aborted !== true) at((FETCHED * files.size(name)) / Math.max(1, ref.bytes));
  });
  try {
    await files.receive(name, ref, signal ?? new AbortController().signal);
  } finally {
    stopLooking();
  }
  at(FETCHED);
}

export interface RowsThen {
  /** What each row was at that version, deleted ones too. */
  readonly then: KeyedRows;
  /** Rows that changed since, and whose state of then is behind the horizon: the log tells which, the value it does not. */
  readonly unknown: ReadonlySet<string>;
  /** The rows as new as the snapshot, or as `version` where that is newer. */
  readonly now: KeyedRows;
  /** The last change of a row, of those that were read. */
  readonly changes: ReadonlyMap<string, Change>;
}

/** A version that somebody names has to be one that the log still reaches. Throws `COMPACTED` or `NOT_YET`. */
export function checkReached({ horizon, head }: LogReach, version: number): void {
  if (version < horizon) throw compacted(horizon);
  if (version > head) throw new AppError('NOT_YET', `The server is at version ${head}`, { details: { head }, hint: `Ask for version ${head} or an earlier one` });
}

/** The server's rows as of `version`: a snapshot of now, with every row that changed since taken back to its last change at or before that version. */
export async function rowsThen({ server, snapshot, load, at }: ServerRows, version: number): Promise<RowsThen> {
  const { horizon } = snapshot;
  const now = await load();
  const changes = new Map<string, Change>();
  const read = async (from: number, to: number, into: KeyedRows): Promise<void> => {
    for await (const change of server.changes(from, to)) {
      at(LOADED + ((LOGGED - LOADED) * (change.contextVersion - from)) / (to - from));
      changes.set(rowKey(change.entity, change.entityId), change);
      putChange(into, change);
    }
  };
  if (version >= snapshot.version) {
    // A ready snapshot may be a little behind.
    await read(snapshot.version, version, now);
    return { then: now, unknown: new Set(), now, changes };
  }
  const logged: KeyedRows = new Map();
  await read(horizon, version, logged);
  const then: KeyedRows = new Map();
  const unknown = new Set<string>();
  for (const [key, row] of now) {
    const kept = row.row.version <= version ? row : logged.get(key);
    if (kept !== undefined) then.set(key, kept);
    else if (horizon > 0) unknown.add(key);
  }
  return { then, unknown, now, changes };
}

/** The server's live rows as of a version (RP4). Rejects with `COMPACTED`, with the oldest version there is, and with `NOT_YET`. */
export async function stateAtVersion(parts: ServerReadParts, row: RegistryRow, version: number, limit: number, job: JobOptions): Promise<StateReport> {
  return withServerRows(parts, row, job, async (source) => {
    checkReached(source.snapshot, version);
    const { then, unknown } = await rowsThen(source, version);
    const live = [...then.values()].filter((found) => found.row.text !== null);
    return { rows: live.slice(0, limit).map(shown), total: live.length, unknown: unknown.size };
  });
}
