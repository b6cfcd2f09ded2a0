import { describe, expect, test } from 'vitest';
import { canonicalText, type Json } from '../../shared/base/json.ts';
import { digestOf, rowHash } from '../../shared/core/digest.ts';
import { contextId, deviceId, logId, userId, version } from '../../shared/core/ids.ts';
import type { LogStore } from '../store/log-store.ts';
import { ContractFixture, codeOf } from './contract-fixture.ts';
import { mutation } from './test-client.ts';

// What every log store promises about pushes and access. The one in memory is no mock: it passes this like the others.

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
    const at = new ContractFixture(name, open);
    const { context, push, log, rows } = at;

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
        sum += rowHash(at.hash, change.entity, change.entityId, change.version, change.text ?? '');
        expect(change.digest).toBe(digestOf(sum));
      }
      expect(await at.store.context(to.id)).toMatchObject({ head: 41, digest: digestOf(sum) });
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
      expect(await at.store.context(to.id)).toMatchObject({ head: 1 });
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
      const renamed = await at.store.renameLog(to.id, to.log, logId('another'));
      expect(renamed.logId).toBe('another');
      // Somebody else's older name for it changes nothing any more.
      expect((await at.store.renameLog(to.id, to.log, logId('third'))).logId).toBe('another');
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
      for (const change of changes) expect(change.hash).toBe(rowHash(at.hash, change.entity, change.entityId, change.version, change.text ?? ''));
    });

    test('SV4: a value of 1 MiB is kept, one more byte is refused', async () => {
      const to = await context();
      const { results } = await push(to, [mutation('most', { value: 'x'.repeat(1_048_574) }), mutation('more', { value: 'x'.repeat(1_048_575) })]);
      expect(results.map((one) => one.code ?? one.outcome)).toEqual(['applied', 'TOO_LARGE']);
      expect((await log(to.id))[0]?.text?.length).toBe(1_048_576);
    });

    test('IS4: any id is data, for contexts, users, rows, devices and mutations alike', async () => {
      for (const id of NASTY_IDS) {
        const key = `${id.slice(0, 190)} ${name}`;
        const to = await context(key);
        await at.admin.setMember(key, id, 'writer');
        const sent = mutation(id, { entity: id, mutationId: id });
        const { results } = await push(to, [sent], { user: id });
        expect(results).toEqual([{ mutationId: id, outcome: 'applied', contextVersion: 1 }]);
        expect((await push(to, [sent], { user: id })).results).toEqual(results);
        const [change] = await at.store.changes(to.id, { after: version(0), entity: id, entityId: id, limit: 9, maxBytes: 1e6 });
        expect(change).toMatchObject({ contextId: key, entity: id, entityId: id, mutationId: id });
        expect((await at.store.access(userId(id), 0)).members).toMatchObject([{ contextId: key, userId: id }]);
        expect(await at.store.claimDevice(deviceId(id), userId(`${id.slice(0, 100)}-${name}`), 1)).toBe(true);
        await at.admin.revoke(key, id);
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
      await at.admin.setMember(to.id, 'reader', 'reader');
      expect((await push(to, [mutation('row')], { user: 'reader' })).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
    });

    test('AM3: an ambient context is written by the back office only, and by it as by anyone else', async () => {
      const id = `ambient-${name}`;
      const { logId: log } = await at.admin.createContext({ contextId: id, kind: 'ambient', schemaVersion: 1 });
      await at.admin.setMember(id, 'writer', 'admin');
      const to = { id: contextId(id), user: userId('writer'), log };
      expect((await push(to, [mutation('code')])).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
      const change = { entity: 'code', entityId: 'A00', op: 'put', value: { title: 'Cholera' } } as const;
      const results = await at.admin.backOfficeChanges(id, [change], { actor: 'his', requestId: 'r1' });
      expect(results).toMatchObject([{ outcome: 'applied', contextVersion: 1 }]);
      expect(await at.admin.backOfficeChanges(id, [change], { actor: 'his', requestId: 'r1' })).toEqual(results);
      expect(await at.admin.backOfficeChanges(id, [{ ...change, value: null }], { actor: 'his', requestId: 'r2' })).toMatchObject([{ outcome: 'applied', contextVersion: 2 }]);
      expect(await at.admin.backOfficeChanges(id, [{ ...change, baseVersion: 1 }], { actor: 'his', requestId: 'r3' })).toMatchObject([{ outcome: 'conflict', currentVersion: 2 }]);
      expect(await codeOf(at.admin.backOfficeChanges(id, [change, change], { actor: 'his', requestId: 'r4' }))).toBe('BAD_VALUE');
      expect((await at.store.changes(to.id, { after: version(0), limit: 9, maxBytes: 1e6 })).map((one) => one.deviceId)).toEqual(['back-office:his', 'back-office:his']);
    });

    test('PR4: a revoked member keeps the old role until acceptUntil, and the revocation is told of for 400 days', async () => {
      const to = await context();
      const now = Date.now();
      await at.admin.setMember(to.id, 'leaver', 'writer');
      await at.store.revoke(userId('leaver'), to.id, now, now + 1_000);
      expect((await push(to, [mutation('late')], { user: 'leaver', now: now + 999 })).results).toMatchObject([{ outcome: 'applied' }]);
      expect(await codeOf(push(to, [mutation('later')], { user: 'leaver', now: now + 1_000 }))).toBe('FORBIDDEN');
      expect(await at.store.activation(userId('leaver'), to.id, version(0))).toMatchObject({ member: null, revocation: { role: 'writer', acceptUntil: now + 1_000 } });
      const of = async () => (await at.store.access(userId('leaver'), 0)).revocations.map((one) => one.contextId);
      await at.store.maintain(now + 400 * 86_400_000);
      expect(await of()).toEqual([to.id]);
      await at.store.maintain(now + 400 * 86_400_000 + 1);
      expect(await of()).toEqual([]);
      expect(await codeOf(at.store.revoke(userId('nobody'), to.id, now, null))).toBe('NOT_A_MEMBER');
    });

    test('PR4: a new grant takes a revocation back', async () => {
      const to = await context();
      await at.admin.setMember(to.id, 'comes-back', 'writer');
      await at.admin.revoke(to.id, 'comes-back');
      await at.admin.setMember(to.id, 'comes-back', 'reader');
      expect(await at.store.access(userId('comes-back'), 0)).toMatchObject({ members: [{ contextId: to.id, role: 'reader' }], contexts: [{ contextId: to.id, title: `Title of ${to.id}` }], revocations: [] });
      expect(await at.admin.members(to.id)).toEqual([
        { contextId: to.id, userId: 'comes-back', role: 'reader' },
        { contextId: to.id, userId: 'writer', role: 'writer' },
      ]);
      expect(await codeOf(at.admin.setMember('nowhere', 'x', 'reader'))).toBe('UNKNOWN_CONTEXT');
    });

    test('PR4: whose access changed is found without any notification', async () => {
      const to = await context();
      const read = at.store.accessReader();
      await read();
      await at.admin.setMember(to.id, 'somebody', 'reader');
      await at.admin.revoke(to.id, 'somebody');
      expect(await read()).toEqual(['somebody']);
      expect(await read()).toEqual([]);
    });

    test('SV5: a deviceId belongs to the user who first used it', async () => {
      const device = deviceId(`phone-${name}`);
      expect(await at.store.claimDevice(device, userId('ann'), 1)).toBe(true);
      expect(await at.store.claimDevice(device, userId('bob'), 2)).toBe(false);
      expect(await at.store.claimDevice(device, userId('ann'), 3)).toBe(true);
    });
  });
}
