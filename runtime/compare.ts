import { AppError } from '../shared/base/app-error.ts';
import { rowKey, type Change } from '../shared/core/change.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import type { CompareReport, JobOptions } from './control.ts';
import { checkCancelled } from './cancel.ts';
import { digestOfRows, readConfirmed, ROWS_PER_TURN, shown, type KeyedRow, type KeyedRows } from './keyed-rows.ts';
import { checkReached, LOGGED, rowsThen, withServerRows, type RowsThen, type ServerReadParts, type ServerRows } from './server-rows.ts';
import type { ServerReader } from './server-reader.ts';

const MOST_DIFFERENCES = 500;
/** Asked for one by one: as many as a person looks at. */
const MOST_NAMED = 50;
const CATCH_UP_DEADLINE = 10_000;

export interface CompareOptions extends JobOptions {
  /** As of this version; left out: the one that this device is at. */
  readonly toVersion?: number | undefined;
}

type Difference = CompareReport['differences'][number];

/**
 * DB10: the confirmed rows of one read transaction against the server's at one version, built from a snapshot and the log over a connection of its
 * own. Names each difference with the change behind it, and changes nothing. Rejects with `OFFLINE`, with `BEHIND` when this device does not reach
 * the version, with `COMPACTED` and the oldest version there is, with `NOT_YET`, `CANCELLED`, or the server's code.
 */
export async function compareWithServer(parts: ServerReadParts, row: RegistryRow, options: CompareOptions = {}): Promise<CompareReport> {
  const before = parts.monotonic();
  return withServerRows(parts, row, options, async (source) => {
    const { snapshot, server } = source;
    const { toVersion } = options;
    if (toVersion !== undefined) checkReached(snapshot, toVersion);
    await reached(parts, row, toVersion ?? snapshot.version, options.signal);
    const local = await readLocal(parts, row, source);
    const version = toVersion ?? local.version;
    const theirs = await rowsThen(source, version);
    const { differences, compared, unknown } = await differencesOf(parts, local.rows, theirs, version, source);
    await nameChanges(server, differences, theirs.changes, snapshot.horizon, version);
    const whole = toVersion === undefined;
    const localDigest = whole ? local.digest : await digestOfRows(parts.hash, compared.flatMap(([here]) => here ?? []), source.turn);
    const serverDigest = await digestOfRows(parts.hash, whole ? theirs.then.values() : compared.flatMap(([, there]) => there ?? []), source.turn);
    return {
      version,
      rows: whole ? theirs.then.size : compared.length,
      unknown,
      durationMs: parts.monotonic() - before,
      identical: differences.length === 0,
      localDigest,
      serverDigest,
      differences,
    };
  });
}

/** Nothing is compared until this device has caught up: a snapshot may be ahead of it for a moment. */
async function reached(parts: ServerReadParts, row: RegistryRow, version: number, signal: AbortSignal | undefined): Promise<void> {
  const deadline = parts.monotonic() + CATCH_UP_DEADLINE;
  const here = (): number => parts.control.status(row.contextId)?.localVersion ?? 0;
  while (here() < version) {
    checkCancelled(signal);
    const dormant = parts.control.status(row.contextId)?.lifecycle === 'dormant';
    if (dormant || parts.monotonic() > deadline) throw new AppError('BEHIND', `This device is at version ${here()}, and is to be compared at ${version}`, { details: { localVersion: here() }, hint: 'Activate the context, and compare once it is live' });
    await new Promise<void>((resolve) => void parts.reach.after(50, resolve));
  }
}

async function readLocal({ reader }: ServerReadParts, row: RegistryRow, { turn }: ServerRows): Promise<{ version: number; digest: string; rows: KeyedRows }> {
  return reader.with(row, async (db) => {
    const rows: KeyedRows = new Map();
    db.db.exec('BEGIN');
    try {
      const [version, digest] = [Number(db.meta('localVersion')), String(db.meta('digest'))];
      // OB6: where a write waits, the confirmed row is in `base`.
      for (const table of ['rows', 'base'] as const) await readConfirmed(db.db, table, rows, turn);
      return { version, digest, rows };
    } finally {
      db.db.exec('ROLLBACK');
    }
  });
}

interface Compared {
  readonly differences: Difference[];
  readonly compared: readonly (readonly [here: KeyedRow | undefined, there: KeyedRow | undefined])[];
  /** Rows that changed after the version, here or there, so that what they were then is not known. */
  readonly unknown: number;
}

async function differencesOf(parts: ServerReadParts, local: KeyedRows, theirs: RowsThen, version: number, { at, turn }: ServerRows): Promise<Compared> {
  const differences: Difference[] = [];
  const compared: [KeyedRow | undefined, KeyedRow | undefined][] = [];
  let unknown = 0;
  let looked = 0;
  const keys = new Set([...local.keys(), ...theirs.then.keys(), ...theirs.unknown]);
  for (const key of keys) {
    if (++looked % ROWS_PER_TURN === 0) {
      at(LOGGED + ((1 - LOGGED) * looked) / keys.size);
      await turn();
    }
    const [here, there] = [local.get(key), theirs.then.get(key)];
    const moved = theirs.unknown.has(key) || (here?.row.version ?? 0) > version || (here === undefined && (theirs.now.get(key)?.row.version ?? 0) > version);
    if (moved) {
      unknown++;
      continue;
    }
    compared.push([here, there]);
    if (differences.length < MOST_DIFFERENCES) differences.push(...differenceOf(parts, here, there));
  }
  return { differences, compared, unknown };
}

function differenceOf(parts: ServerReadParts, here: KeyedRow | undefined, there: KeyedRow | undefined): Difference[] {
  const [liveHere, liveThere] = [(here?.row.text ?? null) !== null, (there?.row.text ?? null) !== null];
  const either = here ?? there;
  if ((!liveHere && !liveThere) || either === undefined || isSame(parts, here, there)) return [];
  const kind = !liveHere ? 'missing-here' : !liveThere ? 'only-here' : 'differs';
  return [{ entity: either.entity, id: either.id, kind, local: here === undefined ? null : shown(here), server: there === undefined ? null : shown(there) }];
}

/** A row that this device has brought to the app's schema is the server's row of an older one. */
function isSame(parts: ServerReadParts, here: KeyedRow | undefined, there: KeyedRow | undefined): boolean {
  if (here === undefined || there === undefined || here.row.version !== there.row.version) return false;
  return here.row.text === there.row.text || parts.upgraded(here.entity, here.row).text === parts.upgraded(there.entity, there.row).text;
}

/** The change behind each difference, as far as the log still has it. */
async function nameChanges(server: ServerReader, differences: Difference[], changes: ReadonlyMap<string, Change>, horizon: number, version: number): Promise<void> {
  let asked = 0;
  for (const [place, difference] of differences.entries()) {
    const known = changes.get(rowKey(difference.entity, difference.id));
    if (known === undefined && ++asked > MOST_NAMED) continue;
    const change = known ?? (await server.lastChange(difference.entity, difference.id, horizon, version));
    if (change !== undefined) differences[place] = { ...difference, change: { contextVersion: change.contextVersion, mutationId: change.mutationId, deviceId: change.deviceId } };
  }
}
