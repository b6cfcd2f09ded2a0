import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalText, type Json } from '../../shared/base/json.ts';
import type { Mutation } from '../../shared/core/change.ts';
import { EMPTY_DIGEST, digestOf, rowHash, type Hash64 } from '../../shared/core/digest.ts';
import { contextId, deviceId, logId, userId, version, type ContextId, type LogId, type UserId } from '../../shared/core/ids.ts';
import { decideHorizon } from '../../shared/core/server/decide-horizon.ts';
import { createAdmin, type Admin } from '../admin.ts';
import { loadHash } from '../hash.ts';
import { pushToStore } from '../push.ts';
import type { LogStore, StoredChange } from '../store/log-store.ts';
import { mutation } from './test-client.ts';

// What every log store promises. The one in memory is no mock: it passes this like the others.

const NASTY_IDS = ["'; DROP TABLE sync.rows; --", '../../etc/passwd', '__proto__', 'zero\u0000byte\u0001', 'Ünïcödé 🩺', '"quoted"', "o'hara", '%_\\', 'x'.repeat(200)];

const NASTY_VALUES: readonly Json[] = [
  null,
  false,
  0,
  '',
  'zero \u0000 in a string',
  '🩺'.repeat(1000),
  1e21,
  0.1,
  123456789012345680000,
  [],
  {},
  JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "2": "b", "10": "a"}') as Json,
  { z: [1, { y: null }], a: 'x', ä: 1 },
];

export function logStoreContract(name: string, open: () => Promise<LogStore>): void {
  describe(`log store: ${name}`, () => {
    let store: LogStore;
    let admin: Admin;
    let hash: Hash64;
    let count = 0;

    beforeAll(async () => {
      hash = await loadHash();
      store = await open();
      admin = await createAdmin(store, { hash });
    });
    afterAll(async () => {
      await store.close();
    });

    /** A new context with one writer. */
    async function context(id = `c${++count}-${name}`): Promise<{ id: ContextId; user: UserId; log: LogId }> {
      const record = await admin.createContext({ contextId: id, kind: 'tenant', title: `Title of ${id}`.slice(0, 200), schemaVersion: 1 });
      await admin.setMember(id, 'writer', 'writer');
      return { id: record.contextId, user: userId('writer'), log: record.logId };
    }

    async function push(to: { id: ContextId; user: UserId; log: LogId }, mutations: readonly Mutation[], options: { now?: number; user?: string; log?: LogId; localVersion?: number } = {}) {
      const request = { contextId: to.id, logId: options.log ?? to.log, localVersion: version(options.localVersion ?? 0), mutations };
      const sender = { deviceId: deviceId('device'), userId: options.user === undefined ? to.user : userId(options.user) };
      return (await pushToStore(store, { now: options.now ?? Date.now(), hash }, sender, request)).decision;
    }

    const log = (id: ContextId, after = 0): Promise<StoredChange[]> => store.changes(id, { after: version(after), limit: 10_000, maxBytes: 1e9 });
    const rows = (id: ContextId) => store.rows(id, null, 10_000, 1e9);
    const codeOf = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (thrown: { code?: string }) => String(thrown.code));

    test('SV1: versions are gapless in commit order, whoever pushes at the same time, and the digest follows each of them', async () => {
      const to = await context();
      const pushes = Array.from({ length: 20 }, (_, i) => push(to, [mutation(`r${i}`), mutation('shared'), mutation(`s${i}`)]));
      const decisions = await Promise.all(pushes);
      const applied = decisions.flatMap((one) => one.results).filter((one) => one.outcome === 'applied');
      expect(applied).toHaveLength(41);
      const changes = await log(to.id);
      expect(changes.map((change) => Number(change.version))).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
      let sum = 0n;
      for (const change of changes) {
        sum += rowHash(hash, change.entity, change.entityId, change.version, change.text ?? '');
        expect(change.digest).toBe(digestOf(sum));
      }
      expect(await store.context(to.id)).toMatchObject({ head: 41, digest: digestOf(sum) });
    });

    test('CF1: of two writes upon the same version exactly one is applied, and the other one names the version that won', async () => {
      const to = await context();
      const [a, b] = await Promise.all([push(to, [mutation('row')]), push(to, [mutation('row')])]);
      expect(new Set([a.results[0]?.outcome, b.results[0]?.outcome])).toEqual(new Set(['applied', 'conflict']));
      const lost = [a, b].flatMap((one) => one.results).find((one) => one.outcome === 'conflict');
      expect(lost).toMatchObject({ currentVersion: 1 });
      expect((await log(to.id)).length).toBe(1);
    });

    test('SV1: a refused push takes no version', async () => {
      const to = await context();
      await push(to, [mutation('row')]);
      const { results } = await push(to, [mutation('row', { baseVersion: 9 }), mutation('far', { timestamp: Date.now() + 1e9 })]);
      expect(results.map((one) => one.outcome)).toEqual(['conflict', 'rejected']);
      expect(await store.context(to.id)).toMatchObject({ head: 1 });
    });

    test('OB4: a mutationId has one outcome for ever, be it applied, conflict or rejected', async () => {
      const to = await context();
      await push(to, [mutation('row')]);
      const mutations = [mutation('new'), mutation('row', { baseVersion: 7 }), mutation('skewed', { timestamp: Date.now() + 1e9 })];
      const first = await push(to, mutations);
      expect(first.results.map((one) => one.outcome)).toEqual(['applied', 'conflict', 'rejected']);
      // Later, when all three would go another way.
      const again = await push(to, mutations, { now: Date.now() + 2e9 });
      expect(again.results).toEqual(first.results);
      expect(again.record).toEqual([]);
      expect((await log(to.id)).length).toBe(2);
    });

    test('OB5: one push is one transaction with an outcome per mutation, in order', async () => {
      const to = await context();
      const { results } = await push(to, [mutation('a'), mutation('b', { baseVersion: 3 }), mutation('a', { baseVersion: 1 }), mutation('c')]);
      expect(results.map((one) => [one.outcome, one.contextVersion])).toEqual([
        ['applied', 1],
        ['conflict', undefined],
        ['applied', 2],
        ['applied', 3],
      ]);
      expect((await rows(to.id)).map((row) => [row.entityId, Number(row.version)])).toEqual([
        ['a', 2],
        ['c', 3],
      ]);
    });

    test('SY7: in a push that names another log, a known mutationId has its outcome and any other one is a conflict', async () => {
      const to = await context();
      const known = mutation('row');
      await push(to, [known]);
      const renamed = await store.renameLog(to.id, to.log, logId('another'));
      expect(renamed.logId).toBe('another');
      // Somebody else's older name for it changes nothing any more.
      expect((await store.renameLog(to.id, to.log, logId('third'))).logId).toBe('another');
      const { results } = await push(to, [known, mutation('other')]);
      expect(results.map((one) => one.outcome)).toEqual(['applied', 'conflict']);
    });

    test('SV4: values and stamps come back as the very text that was hashed', async () => {
      const to = await context();
      const mutations = NASTY_VALUES.map((value, i) => mutation(`v${i}`, { value, stamps: i % 2 === 0 ? JSON.parse('{"__proto__": [5, "d"], "a": [1.5, "device"]}') : undefined }));
      await push(to, mutations);
      const changes = await log(to.id);
      expect(changes.map((change) => change.text)).toEqual(NASTY_VALUES.map((value) => canonicalText(value)));
      expect(changes.map((change) => JSON.stringify(change.stamps ?? undefined))).toEqual(mutations.map((one) => JSON.stringify(one.stamps)));
      expect(new Map((await rows(to.id)).map((row) => [row.entityId, row.text]))).toEqual(new Map(changes.map((change) => [change.entityId, change.text])));
      for (const change of changes) expect(change.hash).toBe(rowHash(hash, change.entity, change.entityId, change.version, change.text ?? ''));
    });

    test('SV4: a value of 1 MiB is kept, one more byte is refused', async () => {
      const to = await context();
      const { results } = await push(to, [mutation('most', { value: 'x'.repeat(1_048_574) }), mutation('more', { value: 'x'.repeat(1_048_575) })]);
      expect(results.map((one) => one.code ?? one.outcome)).toEqual(['applied', 'TOO_LARGE']);
      expect((await log(to.id))[0]?.text?.length).toBe(1_048_576);
    });

    test('IS4: any id is data, for contexts, users, rows, devices and mutations alike', async () => {
      for (const id of NASTY_IDS) {
        const at = `${id.slice(0, 190)} ${name}`;
        const to = await context(at);
        await admin.setMember(at, id, 'writer');
        const sent = mutation(id, { entity: id, mutationId: id });
        const { results } = await push(to, [sent], { user: id });
        expect(results).toEqual([{ mutationId: id, outcome: 'applied', contextVersion: 1 }]);
        expect((await push(to, [sent], { user: id })).results).toEqual(results);
        const [change] = await store.changes(to.id, { after: version(0), entity: id, entityId: id, limit: 9, maxBytes: 1e6 });
        expect(change).toMatchObject({ contextId: at, entity: id, entityId: id, mutationId: id });
        expect((await store.access(userId(id), 0)).members).toMatchObject([{ contextId: at, userId: id }]);
        expect(await store.claimDevice(deviceId(id), userId(`${id.slice(0, 100)}-${name}`), 1)).toBe(true);
        await admin.revoke(at, id);
      }
    });

    test('IS4: contexts whose ids differ by case or by a blank are two, and rows of one are never in the other', async () => {
      const a = await context(`Twin-${name}`);
      const b = await context(`twin-${name}`);
      await push(a, [mutation('row', { value: 'of a' })]);
      await push(b, [mutation('row', { value: 'of b' }), mutation('more', { value: 'of b' })]);
      expect((await log(a.id)).map((change) => change.text)).toEqual(['"of a"']);
      expect((await rows(b.id)).map((row) => row.text)).toEqual(['"of b"', '"of b"']);
    });

    test('IS4: a push by who is no member fails, writes nothing and says nothing of the rows', async () => {
      const to = await context();
      expect(await codeOf(push(to, [mutation('row')], { user: 'stranger' }))).toBe('FORBIDDEN');
      expect(await codeOf(push({ ...to, id: contextId('nowhere') }, [mutation('row')]))).toBe('UNKNOWN_CONTEXT');
      expect(await log(to.id)).toEqual([]);
    });

    test('IS4: a reader is refused per mutation', async () => {
      const to = await context();
      await admin.setMember(to.id, 'reader', 'reader');
      expect((await push(to, [mutation('row')], { user: 'reader' })).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
    });

    test('AM3: an ambient context is written by the back office only, and by it as by anyone else', async () => {
      const id = `ambient-${name}`;
      const { logId: log } = await admin.createContext({ contextId: id, kind: 'ambient', schemaVersion: 1 });
      await admin.setMember(id, 'writer', 'admin');
      const to = { id: contextId(id), user: userId('writer'), log };
      expect((await push(to, [mutation('code')])).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
      const change = { entity: 'code', entityId: 'A00', op: 'put', value: { title: 'Cholera' } } as const;
      const results = await admin.backOfficeChanges(id, [change], { actor: 'his', requestId: 'r1' });
      expect(results).toMatchObject([{ outcome: 'applied', contextVersion: 1 }]);
      expect(await admin.backOfficeChanges(id, [change], { actor: 'his', requestId: 'r1' })).toEqual(results);
      expect(await admin.backOfficeChanges(id, [{ ...change, value: null }], { actor: 'his', requestId: 'r2' })).toMatchObject([{ outcome: 'applied', contextVersion: 2 }]);
      expect(await admin.backOfficeChanges(id, [{ ...change, baseVersion: 1 }], { actor: 'his', requestId: 'r3' })).toMatchObject([{ outcome: 'conflict', currentVersion: 2 }]);
      expect(await codeOf(admin.backOfficeChanges(id, [change, change], { actor: 'his', requestId: 'r4' }))).toBe('BAD_VALUE');
      expect((await store.changes(to.id, { after: version(0), limit: 9, maxBytes: 1e6 })).map((one) => one.deviceId)).toEqual(['back-office:his', 'back-office:his']);
    });

    test('PR4: a revoked member keeps the old role until acceptUntil, and the revocation is told of for 400 days', async () => {
      const to = await context();
      const now = Date.now();
      await admin.setMember(to.id, 'leaver', 'writer');
      await store.revoke(userId('leaver'), to.id, now, now + 1_000);
      expect((await push(to, [mutation('late')], { user: 'leaver', now: now + 999 })).results).toMatchObject([{ outcome: 'applied' }]);
      expect(await codeOf(push(to, [mutation('later')], { user: 'leaver', now: now + 1_000 }))).toBe('FORBIDDEN');
      expect(await store.activation(userId('leaver'), to.id, version(0))).toMatchObject({ member: null, revocation: { role: 'writer', acceptUntil: now + 1_000 } });
      const of = async () => (await store.access(userId('leaver'), 0)).revocations.map((one) => one.contextId);
      await store.maintain(now + 400 * 86_400_000);
      expect(await of()).toEqual([to.id]);
      await store.maintain(now + 400 * 86_400_000 + 1);
      expect(await of()).toEqual([]);
      expect(await codeOf(store.revoke(userId('nobody'), to.id, now, null))).toBe('NOT_A_MEMBER');
    });

    test('PR4: a new grant takes a revocation back', async () => {
      const to = await context();
      await admin.setMember(to.id, 'comes-back', 'writer');
      await admin.revoke(to.id, 'comes-back');
      await admin.setMember(to.id, 'comes-back', 'reader');
      expect(await store.access(userId('comes-back'), 0)).toMatchObject({ members: [{ contextId: to.id, role: 'reader' }], contexts: [{ contextId: to.id, title: `Title of ${to.id}` }], revocations: [] });
      expect(await admin.members(to.id)).toEqual([
        { contextId: to.id, userId: 'comes-back', role: 'reader' },
        { contextId: to.id, userId: 'writer', role: 'writer' },
      ]);
      expect(await codeOf(admin.setMember('nowhere', 'x', 'reader'))).toBe('UNKNOWN_CONTEXT');
    });

    test('PR4: whose access changed is found without any notification', async () => {
      const to = await context();
      const read = store.accessReader();
      await read();
      await admin.setMember(to.id, 'somebody', 'reader');
      await admin.revoke(to.id, 'somebody');
      expect(await read()).toEqual(['somebody']);
      expect(await read()).toEqual([]);
    });

    test('SV5: a deviceId belongs to the user who first used it', async () => {
      const device = deviceId(`phone-${name}`);
      expect(await store.claimDevice(device, userId('ann'), 1)).toBe(true);
      expect(await store.claimDevice(device, userId('bob'), 2)).toBe(false);
      expect(await store.claimDevice(device, userId('ann'), 3)).toBe(true);
    });

    test('SV6: an import is version 1 with the horizon at 1, and is taken by an empty context only', async () => {
      const { id } = await admin.createContext({ contextId: `import-${name}`, kind: 'tenant', schemaVersion: 3 });
      const data = Array.from({ length: 2_500 }, (_, i) => ({ entity: 'patient', entityId: `p${i}`, value: { i } }));
      const { rows: imported, record } = await admin.importRows(`import-${name}`, data);
      expect(imported).toBe(2_500);
      expect(record).toMatchObject({ head: 1, horizon: 1, importing: false });
      const found = await rows(record.contextId);
      expect(found).toHaveLength(2_500);
      expect(record.digest).toBe(digestOf(found.reduce((sum, row) => sum + rowHash(hash, row.entity, row.entityId, version(1), row.text ?? ''), 0n)));
      expect(found[0]).toMatchObject({ version: 1, deviceId: 'import', schemaVersion: 3 });
      expect((await store.activation(userId('x'), record.contextId, version(1)))?.digest).toBe(record.digest);
      expect(await codeOf(admin.importRows(`import-${name}`, data))).toBe('NOT_EMPTY');
      void id;
    });

    test('SV6: an import that names a row twice fails, leaves the context closed and can be done again', async () => {
      const record = await admin.createContext({ contextId: `twice-${name}`, kind: 'tenant', schemaVersion: 1 });
      const row = { entity: 'e', entityId: 'x', value: 1 };
      expect(await codeOf(admin.importRows(record.contextId, [row, row]))).toBe('BAD_VALUE');
      await admin.setMember(record.contextId, 'writer', 'writer');
      expect(await codeOf(push({ id: record.contextId, user: userId('writer'), log: record.logId }, [mutation('x')]))).toBe('INTERNAL');
      expect((await admin.importRows(record.contextId, [row])).record).toMatchObject({ head: 1, importing: false });
    });

    test('SY5: the digest at a version is known down to the horizon', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('b'), mutation('a', { op: 'delete', baseVersion: 1 })]);
      const changes = await log(to.id);
      const at = async (since: number) => (await store.activation(to.user, to.id, version(since)))?.digest ?? null;
      expect(await at(0)).toBe(EMPTY_DIGEST);
      for (const change of changes) expect(await at(change.version)).toBe(change.digest);
      expect(await at(4)).toBe(null);
      await admin.compact(to.id, { upTo: 2 });
      expect([await at(0), await at(1), await at(2), await at(3)]).toEqual([null, null, changes[1]?.digest, changes[2]?.digest]);
      await admin.compact(to.id, { upTo: 3 });
      expect(await at(3)).toBe(changes[2]?.digest);
    });

    test('SV3: compaction moves the horizon, takes the changes below it and the tombstones it has passed, and never goes back', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('b'), mutation('a', { op: 'delete', baseVersion: 1 }), mutation('b', { op: 'delete', baseVersion: 2 }), mutation('c')]);
      expect((await rows(to.id)).map((row) => [row.entityId, row.text === null])).toEqual([
        ['a', true],
        ['b', true],
        ['c', false],
      ]);
      expect(await admin.compact(to.id, { upTo: 3 })).toMatchObject({ record: { horizon: 3, head: 5 }, changes: 3, tombstones: 1 });
      expect((await rows(to.id)).map((row) => row.entityId)).toEqual(['b', 'c']);
      expect((await log(to.id)).map((change) => Number(change.version))).toEqual([4, 5]);
      expect(await admin.compact(to.id, { upTo: 2 })).toMatchObject({ record: { horizon: 3 }, changes: 0 });
      expect(await admin.compact(to.id, { upTo: 99 })).toMatchObject({ record: { horizon: 5 } });
    });

    test('SV3: a row whose tombstone is gone is written only from a partition that has reached the horizon', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('a', { op: 'delete', baseVersion: 1 }), mutation('b')]);
      await admin.compact(to.id, { upTo: 2 });
      expect((await push(to, [mutation('a', { baseVersion: 2 })], { localVersion: 3 })).results).toMatchObject([{ outcome: 'conflict', currentVersion: 2 }]);
      expect((await push(to, [mutation('a')], { localVersion: 1 })).results).toMatchObject([{ outcome: 'conflict', currentVersion: 2 }]);
      expect((await push(to, [mutation('a')], { localVersion: 2 })).results).toMatchObject([{ outcome: 'applied' }]);
    });

    test('SV3: age and size say how far the log goes back, and OB4: outcomes stay for as long and for 90 days', async () => {
      const to = await context();
      const now = Date.now();
      const old = mutation('old', { timestamp: now - 100 * 86_400_000 });
      await push(to, [old], { now: now - 100 * 86_400_000 });
      await push(to, [mutation('big', { value: 'x'.repeat(5_000) }), mutation('small')], { now });
      const bounds = { before: now - 86_400_000, keepBytes: 1e9, outcomesBefore: now - 90 * 86_400_000 };
      expect(await store.compact(to.id, { ...bounds, before: now - 101 * 86_400_000 }, decideHorizon)).toMatchObject({ record: { horizon: 0 }, outcomes: 0 });
      expect(await store.compact(to.id, { ...bounds, outcomesBefore: 0 }, decideHorizon)).toMatchObject({ record: { horizon: 1 }, changes: 1, outcomes: 0 });
      expect((await push(to, [old])).record).toEqual([]);
      expect(await store.compact(to.id, bounds, decideHorizon)).toMatchObject({ outcomes: 1 });
      expect(await store.compact(to.id, { ...bounds, keepBytes: 4_000 }, decideHorizon)).toMatchObject({ record: { horizon: 2 } });
    });

    test('SY6: a read of the log ends with its limit and with its bytes, and always makes progress', async () => {
      const to = await context();
      await push(to, Array.from({ length: 10 }, (_, i) => mutation(`r${i % 5}-${i}`, { entity: i % 2 === 0 ? 'even' : 'odd', value: 'x'.repeat(1_000) })));
      const versions = async (range: object) => (await store.changes(to.id, { after: version(0), limit: 100, maxBytes: 1e6, ...range })).map((change) => Number(change.version));
      expect(await versions({ limit: 3 })).toEqual([1, 2, 3]);
      expect(await versions({ after: version(4), to: version(6) })).toEqual([5, 6]);
      expect(await versions({ maxBytes: 1 })).toEqual([1]);
      expect(await versions({ maxBytes: 4_000 })).toEqual([1, 2, 3]);
      expect(await versions({ entity: 'odd', limit: 2 })).toEqual([2, 4]);
      expect(await versions({ entity: 'odd', entityId: 'r1-1' })).toEqual([2]);
      expect(await versions({ after: version(10) })).toEqual([]);
    });

    test('SY4: rows come page by page, once each, in the order of their UTF-8 bytes', async () => {
      const to = await context();
      const ids = ['Z', 'a', 'B', 'ä', '\u{1f600}', '\uffee', '10', '9', '_', 'a b', 'aa'];
      await push(to, ids.flatMap((id) => [mutation(id, { entity: 'x' }), mutation(id, { entity: 'Y' })]));
      const found: string[] = [];
      for (let after: { entity: string; entityId: string } | null = null; ; ) {
        const page = await store.rows(to.id, after, 4, 1e6);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last;
        found.push(...page.map((row) => `${row.entity}/${row.entityId}`));
      }
      const expected = ids.flatMap((id) => [`x/${id}`, `Y/${id}`]).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(found).toEqual(expected);
      expect(await store.rows(to.id, null, 100, 1)).toHaveLength(1);
    });

    test('MG4: a context says which schema its rows have and which is needed to read them', async () => {
      const to = await context();
      expect(await store.context(to.id)).toMatchObject({ schemaVersion: 1, readableFrom: 1 });
      expect(await admin.updateContext(to.id, { schemaVersion: 4, readableFrom: 2, title: 'New' })).toMatchObject({ schemaVersion: 4, readableFrom: 2, title: 'New' });
      expect((await push(to, [mutation('old')])).results).toMatchObject([{ outcome: 'rejected', code: 'SCHEMA_AHEAD' }]);
      expect(await codeOf(admin.createContext({ contextId: to.id, kind: 'tenant', schemaVersion: 1 }))).toBe('CONTEXT_EXISTS');
      expect(await codeOf(admin.updateContext('nowhere', { title: 'x' }))).toBe('UNKNOWN_CONTEXT');
    });

    test('SY4: what snapshots a directory holds is kept per directory', async () => {
      const to = await context();
      const one = { contextId: to.id, logId: to.log, version: version(3), bytes: 4096, sha256: 'a'.repeat(64) };
      await store.keepSnapshot('here', one);
      await store.keepSnapshot('here', { ...one, version: version(7) });
      await store.keepSnapshot('here', one);
      expect((await store.snapshots(to.id, 'here')).map((found) => Number(found.version))).toEqual([7, 3]);
      expect(await store.snapshots(to.id, 'there')).toEqual([]);
      await store.dropSnapshot('here', one);
      expect((await store.snapshots(to.id, 'here')).map((found) => Number(found.version))).toEqual([7]);
    });

    test('TE2: activity adds up per context and device, and old hours are left out', async () => {
      const to = await context();
      const one = { contextId: to.id, deviceId: deviceId('d'), applied: 1, refused: 2, resolved: 3, caused: 4, rejected: 5 };
      const now = Date.now();
      await store.addActivity(now, [one]);
      await store.addActivity(now - 3 * 3_600_000, [one]);
      await store.addActivity(now, [one]);
      const of = async (since: number) => (await store.activity(since)).filter((found) => found.contextId === to.id);
      expect(await of(now)).toEqual([{ ...one, applied: 2, refused: 4, resolved: 6, caused: 8, rejected: 10 }]);
      expect((await of(now - 86_400_000))[0]?.applied).toBe(3);
    });

    test('IS4: what an admin did is kept, newest first', async () => {
      await store.audit({ at: 1, actor: 'root', action: 'create', contextId: contextId('x'), details: { kind: 'tenant' } });
      await store.audit({ at: 2, actor: 'root', action: 'restored', contextId: null, details: {} });
      expect(await store.auditLog(2)).toEqual([
        { at: 2, actor: 'root', action: 'restored', contextId: null, details: {} },
        { at: 1, actor: 'root', action: 'create', contextId: 'x', details: { kind: 'tenant' } },
      ]);
    });

    test('SV2: the heads of many contexts are one question, and hold no title', async () => {
      const [a, b] = [await context(), await context()];
      await push(b, [mutation('row')]);
      const heads = await store.heads([a.id, b.id, contextId('nowhere')]);
      expect(new Map(heads.map((record) => [record.contextId, Number(record.head)]))).toEqual(
        new Map([
          [a.id, 0],
          [b.id, 1],
        ]),
      );
      expect(store.kind === 'memory' || heads.every((record) => record.title === null)).toBe(true);
    });

    test('SY7: after a restore every log is renamed', async () => {
      const to = await context();
      expect(await admin.restored()).toBeGreaterThan(0);
      expect((await store.context(to.id))?.logId).not.toBe(to.log);
    });
  });
}
