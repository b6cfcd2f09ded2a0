import { describe, expect, test } from 'vitest';
import { EMPTY_DIGEST, digestOf, rowHash } from '../../shared/core/digest.ts';
import { contextId, deviceId, userId, version } from '../../shared/core/ids.ts';
import { decideHorizon } from '../../shared/core/server/decide-horizon.ts';
import type { LogStore } from '../store/log-store.ts';
import { ContractFixture, codeOf } from './contract-fixture.ts';
import { mutation } from './test-client.ts';

// What every log store promises about imports, compaction, reads and what is kept beside the log.

export function logHistoryContract(name: string, open: () => Promise<LogStore>): void {
  describe(`log history: ${name}`, () => {
    const at = new ContractFixture(name, open);
    const { context, push, log, rows } = at;

    test('SV6: an import is version 1 with the horizon at 1, and is taken by an empty context only', async () => {
      await at.admin.createContext({ contextId: `import-${name}`, kind: 'tenant', schemaVersion: 3 });
      const data = Array.from({ length: 2_500 }, (_, i) => ({ entity: 'patient', entityId: `p${i}`, value: { i } }));
      const { rows: imported, record } = await at.admin.importRows(`import-${name}`, data);
      expect(imported).toBe(2_500);
      expect(record).toMatchObject({ head: 1, horizon: 1, importing: false });
      const found = await rows(record.contextId);
      expect(found).toHaveLength(2_500);
      expect(record.digest).toBe(digestOf(found.reduce((sum, row) => sum + rowHash(at.hash, row.entity, row.entityId, version(1), row.text ?? ''), 0n)));
      expect(found[0]).toMatchObject({ version: 1, deviceId: 'import', schemaVersion: 3 });
      expect((await at.store.activation(userId('x'), record.contextId, version(1)))?.digest).toBe(record.digest);
      expect(await codeOf(at.admin.importRows(`import-${name}`, data))).toBe('NOT_EMPTY');
    });

    test('SV6: an import that names a row twice fails, leaves the context closed and can be done again', async () => {
      const record = await at.admin.createContext({ contextId: `twice-${name}`, kind: 'tenant', schemaVersion: 1 });
      const row = { entity: 'e', entityId: 'x', value: 1 };
      expect(await codeOf(at.admin.importRows(record.contextId, [row, row]))).toBe('BAD_VALUE');
      await at.admin.setMember(record.contextId, 'writer', 'writer');
      expect(await codeOf(push({ id: record.contextId, user: userId('writer'), log: record.logId }, [mutation('x')]))).toBe('INTERNAL');
      expect((await at.admin.importRows(record.contextId, [row])).record).toMatchObject({ head: 1, importing: false });
    });

    test('SY5: the digest at a version is known down to the horizon', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('b'), mutation('a', { op: 'delete', baseVersion: 1 })]);
      const changes = await log(to.id);
      const digestAt = async (since: number) => (await at.store.activation(to.user, to.id, version(since)))?.digest ?? null;
      expect(await digestAt(0)).toBe(EMPTY_DIGEST);
      for (const change of changes) expect(await digestAt(change.version)).toBe(change.digest);
      expect(await digestAt(4)).toBe(null);
      await at.admin.compact(to.id, { upTo: 2 });
      expect([await digestAt(0), await digestAt(1), await digestAt(2), await digestAt(3)]).toEqual([null, null, changes[1]?.digest, changes[2]?.digest]);
      await at.admin.compact(to.id, { upTo: 3 });
      expect(await digestAt(3)).toBe(changes[2]?.digest);
    });

    test('SV3: compaction moves the horizon, takes the changes below it and the tombstones it has passed, and never goes back', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('b'), mutation('a', { op: 'delete', baseVersion: 1 }), mutation('b', { op: 'delete', baseVersion: 2 }), mutation('c')]);
      expect((await rows(to.id)).map((row) => [row.entityId, row.text === null])).toEqual([
        ['a', true],
        ['b', true],
        ['c', false],
      ]);
      expect(await at.admin.compact(to.id, { upTo: 3 })).toMatchObject({ record: { horizon: 3, head: 5 }, changes: 3, tombstones: 1 });
      expect((await rows(to.id)).map((row) => row.entityId)).toEqual(['b', 'c']);
      expect((await log(to.id)).map((change) => Number(change.version))).toEqual([4, 5]);
      expect(await at.admin.compact(to.id, { upTo: 2 })).toMatchObject({ record: { horizon: 3 }, changes: 0 });
      expect(await at.admin.compact(to.id, { upTo: 99 })).toMatchObject({ record: { horizon: 5 } });
    });

    test('SV3: a row whose tombstone is gone is written only from a partition that has reached the horizon', async () => {
      const to = await context();
      await push(to, [mutation('a'), mutation('a', { op: 'delete', baseVersion: 1 }), mutation('b')]);
      await at.admin.compact(to.id, { upTo: 2 });
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
      expect(await at.store.compact(to.id, { ...bounds, before: now - 101 * 86_400_000 }, decideHorizon)).toMatchObject({ record: { horizon: 0 }, outcomes: 0 });
      expect(await at.store.compact(to.id, { ...bounds, outcomesBefore: 0 }, decideHorizon)).toMatchObject({ record: { horizon: 1 }, changes: 1, outcomes: 0 });
      expect((await push(to, [old])).record).toEqual([]);
      expect(await at.store.compact(to.id, bounds, decideHorizon)).toMatchObject({ outcomes: 1 });
      expect(await at.store.compact(to.id, { ...bounds, keepBytes: 4_000 }, decideHorizon)).toMatchObject({ record: { horizon: 2 } });
    });

    test('SY6: a read of the log ends with its limit and with its bytes, and always makes progress', async () => {
      const to = await context();
      await push(to, Array.from({ length: 10 }, (_, i) => mutation(`r${i % 5}-${i}`, { entity: i % 2 === 0 ? 'even' : 'odd', value: 'x'.repeat(1_000) })));
      const versions = async (range: object) => (await at.store.changes(to.id, { after: version(0), limit: 100, maxBytes: 1e6, ...range })).map((change) => Number(change.version));
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
        const page = await at.store.rows(to.id, after, 4, 1e6);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last;
        found.push(...page.map((row) => `${row.entity}/${row.entityId}`));
      }
      const expected = ids.flatMap((id) => [`x/${id}`, `Y/${id}`]).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(found).toEqual(expected);
      expect(await at.store.rows(to.id, null, 100, 1)).toHaveLength(1);
    });

    test('MG4: a context says which schema its rows have and which is needed to read them', async () => {
      const to = await context();
      expect(await at.store.context(to.id)).toMatchObject({ schemaVersion: 1, readableFrom: 1 });
      expect(await at.admin.updateContext(to.id, { schemaVersion: 4, readableFrom: 2, title: 'New' })).toMatchObject({ schemaVersion: 4, readableFrom: 2, title: 'New' });
      expect((await push(to, [mutation('old')])).results).toMatchObject([{ outcome: 'rejected', code: 'SCHEMA_AHEAD' }]);
      expect(await codeOf(at.admin.createContext({ contextId: to.id, kind: 'tenant', schemaVersion: 1 }))).toBe('CONTEXT_EXISTS');
      expect(await codeOf(at.admin.updateContext('nowhere', { title: 'x' }))).toBe('UNKNOWN_CONTEXT');
    });

    test('SY4: what snapshots a directory holds is kept per directory', async () => {
      const to = await context();
      const one = { contextId: to.id, logId: to.log, version: version(3), bytes: 4096, sha256: 'a'.repeat(64) };
      await at.store.keepSnapshot('here', one);
      await at.store.keepSnapshot('here', { ...one, version: version(7) });
      await at.store.keepSnapshot('here', one);
      expect((await at.store.snapshots(to.id, 'here')).map((found) => Number(found.version))).toEqual([7, 3]);
      expect(await at.store.snapshots(to.id, 'there')).toEqual([]);
      await at.store.dropSnapshot('here', one);
      expect((await at.store.snapshots(to.id, 'here')).map((found) => Number(found.version))).toEqual([7]);
    });

    test('TE2: activity adds up per context and device, and old hours are left out', async () => {
      const to = await context();
      const one = { contextId: to.id, deviceId: deviceId('d'), applied: 1, refused: 2, resolved: 3, caused: 4, rejected: 5 };
      const now = Date.now();
      await at.store.addActivity(now, [one]);
      await at.store.addActivity(now - 3 * 3_600_000, [one]);
      await at.store.addActivity(now, [one]);
      const of = async (since: number) => (await at.store.activity(since)).filter((found) => found.contextId === to.id);
      expect(await of(now)).toEqual([{ ...one, applied: 2, refused: 4, resolved: 6, caused: 8, rejected: 10 }]);
      expect((await of(now - 86_400_000))[0]?.applied).toBe(3);
    });

    test('IS4: what an admin did is kept, newest first', async () => {
      await at.store.audit({ at: 1, actor: 'root', action: 'create', contextId: contextId('x'), details: { kind: 'tenant' } });
      await at.store.audit({ at: 2, actor: 'root', action: 'restored', contextId: null, details: {} });
      expect(await at.store.auditLog(2)).toEqual([
        { at: 2, actor: 'root', action: 'restored', contextId: null, details: {} },
        { at: 1, actor: 'root', action: 'create', contextId: 'x', details: { kind: 'tenant' } },
      ]);
    });

    test('SV2: the heads of many contexts are one question, and hold no title', async () => {
      const [a, b] = [await context(), await context()];
      await push(b, [mutation('row')]);
      const heads = await at.store.heads([a.id, b.id, contextId('nowhere')]);
      expect(new Map(heads.map((record) => [record.contextId, Number(record.head)]))).toEqual(
        new Map([
          [a.id, 0],
          [b.id, 1],
        ]),
      );
      expect(at.store.kind === 'memory' || heads.every((record) => record.title === null)).toBe(true);
    });

    test('SY7: after a restore every log is renamed', async () => {
      const to = await context();
      expect(await at.admin.restored()).toBeGreaterThan(0);
      expect((await at.store.context(to.id))?.logId).not.toBe(to.log);
    });
  });
}
