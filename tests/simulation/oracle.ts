import type { Json } from '../../shared/base/json.ts';
import { canonicalText, isJsonObject } from '../../shared/base/json.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import type { Device } from './device.ts';
import { functions, type EntityName } from './schema.ts';
import type { SimLog } from './sim-server.ts';
import type { World } from './world.ts';

/** One write of an app, as the test's own book has it. */
export interface Act {
  readonly w: number;
  readonly device: Device;
  readonly contextId: ContextId;
  readonly entity: EntityName;
  readonly entityId: string;
  kind: 'add' | 'remove' | 'set' | 'delete';
  removed: readonly number[];
  field: string | null;
  state: 'made' | 'acknowledged' | 'refused' | 'unknown';
  stamp: readonly [number, string] | null;
  uponNothing: boolean;
  /** What it wrote into its field. */
  value: number;
}

const asList = (value: Json | null | undefined): number[] => (Array.isArray(value) ? (value as number[]) : []);

/** The book that a run is checked against: what each app was promised, and what may have become of it. */
export class Oracle {
  readonly #world: World;
  readonly acts: Act[] = [];
  /** Writes whose fate is on record: rejected, discarded, lost by the server itself. */
  readonly #excused = new Set<number>();

  constructor(world: World) {
    this.#world = world;
  }

  begin(device: Device, contextId: ContextId, entity: EntityName, entityId: string): Act {
    const act: Act = { w: this.acts.length + 1, device, contextId, entity, entityId, kind: 'set', removed: [], field: null, state: 'made', stamp: null, uponNothing: false, value: 0 };
    this.acts.push(act);
    return act;
  }

  /** The value that the act writes upon what it sees. */
  valueFor(act: Act, current: Json | null, removes: boolean, schema: number): string | null {
    const { w, entity } = act;
    if (entity === 'list') {
      const list = asList(current);
      if (removes && list.length > 0) {
        const whole = this.#world.random.next() < 0.3;
        act.kind = whole ? 'delete' : 'remove';
        act.removed = whole ? list : list.slice(0, 1);
        const left = whole ? [] : list.slice(1);
        return left.length === 0 ? null : canonicalText(left);
      }
      act.kind = 'add';
      return canonicalText([...list, w]);
    }
    if (removes && current !== null) {
      act.kind = 'delete';
      return null;
    }
    const object = isJsonObject(current ?? undefined) ? (current as { [key: string]: Json }) : {};
    if (entity === 'doc') {
      act.field = this.#world.random.pick(['x', 'y', 'z']);
      // Often a value that stood there before: a field that was set back was changed all the same.
      act.value = this.#world.random.next() < 0.6 ? w % 2 : w;
      const written = canonicalText({ ...object, [act.field]: act.value, schema });
      // What stands there already is not written again, and keeps its stamp.
      if (object[act.field] === act.value) act.field = null;
      return written;
    }
    act.uponNothing = current === null;
    if (entity === 'note') return canonicalText({ ...object, t: insertAt(textOf(object), letter(w), this.#world.random.next()), schema });
    return canonicalText({ w, schema });
  }

  acknowledged(act: Act, stamp: readonly [number, string] | null): void {
    act.state = 'acknowledged';
    act.stamp = stamp;
  }

  refused(act: Act): void {
    act.state = 'refused';
  }

  /** The process died: what was not answered may be there or not. */
  crashed(device: Device): void {
    for (const act of this.acts) if (act.device === device && act.state === 'made') act.state = 'unknown';
  }

  /** OB7: the refused value is kept with its conflict; what it had added counts as on record. */
  rejected(device: Device, contextId: ContextId, conflictId: string): void {
    const kept = device.disk.quarantine.get(`8:server-1${contextId}`);
    const record = device.partition(contextId)?.conflicts.get(conflictId) ?? kept?.conflicts.get(conflictId);
    if (record === undefined) return this.#world.fail(`OB7: conflict ${conflictId} is told and not kept`);
    const [base, mine] = [asList(parse(record.base.text)), asList(parse(record.mine.text))];
    for (const w of mine) if (!base.includes(w)) this.#excused.add(w);
    // What the refused write had removed may stay, or go by a later write that saw it gone.
    for (const w of base) if (!mine.includes(w)) this.#excused.add(w);
  }

  discarded(device: Device, contextId: ContextId): void {
    const partition = device.partition(contextId) ?? device.disk.quarantine.get(`8:server-1${contextId}`);
    for (const entry of partition?.outbox.values() ?? []) this.#excuseRow(entry.row.text, entry.base.text);
  }

  revoked(device: Device, contextId: ContextId): void {
    // Every write of this device here may be discarded on record, those that it makes before it hears of it too.
    this.#revoked.add(`${device.deviceId}/${contextId}`);
  }

  readonly #revoked = new Set<string>();
  /** Contexts whose server was restored and never said so: a version may stand for another write than a device thinks, and nobody can tell. */
  readonly #silent = new Set<string>();

  #excuseRow(mine: string | null, base: string | null): void {
    const [b, m] = [asList(parse(base)), asList(parse(mine))];
    for (const w of [...m, ...b]) if (m.includes(w) !== b.includes(w)) this.#excused.add(w);
  }

  /** SY7: what the server itself lost of settled writes stays lost. */
  restored(contextId: ContextId, lost: SimLog, backup: SimLog, silent: boolean): void {
    if (lost.log.horizon > backup.log.head || silent) {
      // What was lost cannot be told any more: the log that held it is gone as well; or nobody says that there was a restore, and once the
      // log has grown past what anyone has seen, only the digest tells.
      for (const act of this.acts) if (act.contextId === contextId) this.#excused.add(act.w);
      if (silent) this.#silent.add(contextId);
      return;
    }
    for (const { change } of lost.changes) {
      if (change.contextVersion <= backup.log.head || change.entity !== 'list') continue;
      for (const act of this.acts) if (act.contextId === contextId && act.entity === 'list' && act.entityId === change.entityId) this.#excused.add(act.w);
    }
  }

  /** SY2: an app sees its own writes until something is on record that takes them away. */
  checkVisible(device: Device, contextId: ContextId): void {
    const { features } = this.#world;
    if (features.deletes || features.reject || features.roles || features.restore || features.prune || features.revoke || features.skew) return;
    for (const act of this.acts) {
      if (act.device !== device || act.contextId !== contextId || act.entity !== 'list' || act.state !== 'acknowledged') continue;
      const key = `4:list${act.entityId}`;
      const seen = asList(parse(device.partition(contextId)?.rows.get(key)?.row.text ?? null));
      if (!seen.includes(act.w)) return this.#world.fail(`SY2: ${device.deviceId} does not see its own write ${act.w} in ${act.entityId}: ${canonicalText(seen)}`);
    }
  }

  check(): void {
    for (const contextId of this.#world.tenants) {
      this.#checkConverged(contextId);
      for (const entityId of new Set(this.acts.filter((act) => act.contextId === contextId && act.entity === 'list').map((act) => act.entityId))) this.#checkList(contextId, entityId);
      this.#checkStamps(contextId);
      this.#checkTexts(contextId);
    }
  }

  #checkConverged(contextId: ContextId): void {
    const stored = this.#world.store.of(contextId);
    for (const device of this.#world.devices) {
      if (this.#revoked.has(`${device.deviceId}/${contextId}`)) {
        if (device.partition(contextId) !== undefined && device.engine?.state.rows.get(contextId) === undefined) this.#world.fail(`PR4: ${device.deviceId} still holds revoked ${contextId}`);
        continue;
      }
      const partition = device.partition(contextId);
      if (partition === undefined) return this.#world.fail(`${device.deviceId} has no partition of ${contextId}`);
      const rows = partition.confirmedRows();
      const { upgrade } = functions(partition.schemaVersion);
      for (const [key, row] of stored.rows) {
        const mine = rows.get(key);
        if (row.text === null) {
          if (mine !== undefined && mine.text !== null) return this.#world.fail(`CF3: ${device.deviceId} has ${key}, deleted at ${row.version}`);
          continue;
        }
        const theirs = row.schemaVersion < partition.schemaVersion ? canonicalText(upgrade(row.entity, JSON.parse(row.text) as Json, row.schemaVersion)) : row.text;
        if (mine?.text !== theirs || mine.version !== row.version) return this.#world.fail(`CF3: ${device.deviceId} ${contextId} ${key}: ${mine?.text} at ${mine?.version}, server ${theirs} at ${row.version}`);
      }
      for (const [key, row] of rows) if (row.text !== null && !stored.rows.has(key)) return this.#world.fail(`CF3: ${device.deviceId} has ${key}, which the server does not know`);
      if (partition.digest !== stored.log.digest) return this.#world.fail(`SY5: digest of ${contextId} on ${device.deviceId} is ${partition.digest}, server ${stored.log.digest}`);
      if (partition.outbox.size > 0) return this.#world.fail(`SY2: ${device.deviceId} still has ${partition.outbox.size} writes of ${contextId}`);
    }
  }

  #checkList(contextId: ContextId, entityId: string): void {
    const final = asList(parse(this.#world.store.of(contextId).rows.get(`4:list${entityId}`)?.text ?? null));
    const acts = this.acts.filter((act) => act.contextId === contextId && act.entityId === entityId && act.entity === 'list');
    const removing = acts.filter((act) => act.kind === 'remove' || act.kind === 'delete');
    const removed = new Set(removing.filter((act) => act.state === 'acknowledged' && !this.#excused.has(act.w) && !this.#revoked.has(`${act.device.deviceId}/${contextId}`)).flatMap((act) => act.removed));
    const maybe = new Set(removing.flatMap((act) => act.removed));
    for (const act of acts.filter((other) => other.kind === 'add')) {
      const count = final.filter((w) => w === act.w).length;
      if (count > 1) return this.#world.fail(`SY2: write ${act.w} is doubled in ${entityId}: ${canonicalText(final)}`);
      if (this.#excused.has(act.w) || act.state !== 'acknowledged' || this.#revoked.has(`${act.device.deviceId}/${contextId}`)) continue;
      if (!maybe.has(act.w) && count === 0 && !this.#silent.has(contextId)) return this.#world.fail(`SY2: write ${act.w} of ${act.device.deviceId} is lost from ${entityId}: ${canonicalText(final)}`);
      if (removed.has(act.w) && count > 0 && !this.#world.features.restore && !this.#world.features.reject && !this.#world.features.roles) return this.#world.fail(`SY2: write ${act.w} is back in ${entityId} after it was removed`);
    }
  }

  /** CF2, CF3: the later stamp has won, whatever the order was. */
  #checkStamps(contextId: ContextId): void {
    const { features } = this.#world;
    if (features.reject || features.roles || features.restore || features.skew || features.crash || features.prune || features.revoke || features.migrate || (features.deletes && features.compact)) return;
    const later = (acts: readonly Act[]): Act | null => acts.reduce<Act | null>((best, act) => (best === null || !isEarlier(act.stamp, best.stamp) ? act : best), null);
    const done = this.acts.filter((act) => act.contextId === contextId && act.state === 'acknowledged');
    if (done.some((act) => act.stamp === null && act.entity !== 'list' && act.entity !== 'note' && act.entity !== 'form' && act.kind === 'set')) return;
    const { rows } = this.#world.store.of(contextId);
    const best = later(done.filter((act) => act.entity === 'reg'));
    if (best !== null && !features.deletes) {
      const got = parse(rows.get(`3:reg${best.entityId}`)?.text ?? null);
      if (!isJsonObject(got ?? undefined) || (got as { [key: string]: Json })['w'] !== best.w) this.#world.fail(`CF2 lww: ${best.entityId} is ${canonicalText(got)}, the latest stamp is of write ${best.w}`);
    }
    if (features.deletes) return;
    for (const field of ['x', 'y', 'z']) {
      const last = later(done.filter((act) => act.entity === 'doc' && act.field === field));
      if (last === null) continue;
      const got = parse(rows.get(`3:doc${last.entityId}`)?.text ?? null);
      if (!isJsonObject(got ?? undefined) || (got as { [key: string]: Json })[field] !== last.value) this.#world.fail(`CF2 fields: ${last.entityId}.${field} is ${canonicalText(got)}, the latest stamp is of write ${last.w}, which wrote ${last.value}`);
    }
  }

  /**
   * What was typed into a text is there once, unless it was typed upon nothing (without a base a whole value replaces another), and unless
   * the row was deleted: two devices that keep their texts against the delete both bring back what it held.
   */
  #checkTexts(contextId: ContextId): void {
    const got = parse(this.#world.store.of(contextId).rows.get(`4:note${contextId}:0`)?.text ?? null);
    const text = textOf(got);
    const { deletes, reject, roles, restore, revoke, prune } = this.#world.features;
    const upon = this.acts.filter((act) => act.contextId === contextId && act.entity === 'note');
    const deleted = upon.some((act) => act.kind === 'delete');
    const keeps = upon.every((act) => !act.uponNothing) && !deletes && !reject && !roles && !restore && !revoke && !prune;
    for (const act of upon) {
      const count = text.split(letter(act.w)).length - 1;
      if (count === 0 && keeps && act.state === 'acknowledged') this.#world.fail(`CF2 text: what write ${act.w} of ${act.device.deviceId} typed is lost: ${text}`);
      if (count > 1 && !deleted) this.#world.fail(`CF2 text: what write ${act.w} typed stands ${count} times: ${text}`);
    }
  }
}

/** The text of a `note`. */
function textOf(value: Json): string {
  const text = isJsonObject(value) ? value['t'] : undefined;
  return typeof text === 'string' ? text : '';
}

const parse = (text: string | null): Json | null => (text === null ? null : (JSON.parse(text) as Json));

type ActStamp = Act['stamp'];

/** The book's own order of stamps: what it checks is not to be what it checks with. */
const isEarlier = (a: ActStamp, b: ActStamp): boolean => b !== null && (a === null || a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]));

/** A letter of its own for each write: one code point, sometimes of two code units, so that no diff can make two of a part. */
const letter = (w: number): string => String.fromCodePoint((w % 3 === 0 ? 0x20000 : 0x4e00) + w);

function insertAt(text: string, piece: string, chance: number): string {
  const points = [...text];
  const at = Math.floor(chance * (points.length + 1));
  return [...points.slice(0, at), piece, ...points.slice(at)].join('');
}
