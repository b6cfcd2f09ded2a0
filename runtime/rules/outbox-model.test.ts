import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hash64 } from '../../tests/support/hash.ts';
import { EngineBench, schemaOf } from '../testing/engine-bench.ts';

const hash = await hash64();
type Step = { readonly do: 'write' | 'delete' | 'theirs' | 'accept' | 'deliver' | 'rebuild' | 'kill' | 'power'; readonly row: 0 | 1; readonly add: number };

/** Sets of numbers, merged by what each side added to the base or took from it. */
const merge = (base: unknown, mine: unknown, theirs: unknown): number[] | null => {
  const list = (value: unknown): number[] => (Array.isArray(value) ? (value as number[]) : []);
  const [b, m, t] = [list(base), list(mine), list(theirs)];
  const merged = [...t.filter((n) => m.includes(n) || !b.includes(n)), ...m.filter((n) => !b.includes(n))];
  return merged.length === 0 ? null : merged;
};
const schema = schemaOf(1, 1, { custom: (_entity, base, mine, theirs) => merge(base, mine, theirs) });

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('write', 'write', 'write', 'theirs', 'accept', 'deliver', 'rebuild', 'kill', 'power'),
  row: fc.constantFrom(0, 1),
  add: fc.constant(0),
});

test('OB1 OB2 OB3 SY2 SY4: whatever comes between, what a device added is seen at once, is there in the end, and is there once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      using b = new EngineBench(hash, { schema });
      const log = b.log('clinic-a');
      const ids = ['l-0', 'l-1'] as const;
      const mine: number[][] = [[], []];
      const everything: number[][] = [[], []];
      let next = 1;
      b.connect(['clinic-a']);
      b.live('clinic-a');
      const back = (): void => {
        b.connect(['clinic-a']);
        b.activate('clinic-a');
        b.answer('clinic-a');
        b.advance(0);
      };
      const sees = (row: 0 | 1): number[] => (b.see('clinic-a', 'list', ids[row]) ?? []) as number[];
      const onServer = (row: 0 | 1): number[] => JSON.parse(log.rows.get(`4:list${ids[row]}`)?.row.text ?? '[]') as number[];
      /** The server's decision: compare and set. */
      const answer = (): void => {
        if (b.state('clinic-a')?.push === null || b.sent('PUSH').length === 0) return;
        const versions = new Map([...log.rows.values()].map(({ entityId, row }) => [entityId, row.version as number]));
        const pushed = b.pushed('clinic-a') as unknown as readonly { mutationId: string; baseVersion: number; entityId: string; value?: never; op: string; timestamp: number }[];
        const results = pushed.map(({ mutationId, baseVersion, entityId, value, op, timestamp }) => {
          const known = log.changes.find(({ change }) => (change.mutationId as string) === mutationId);
          if (known !== undefined) return { mutationId, outcome: 'applied', contextVersion: known.change.contextVersion };
          if ((versions.get(entityId) ?? 0) !== baseVersion) return { mutationId, outcome: 'conflict', currentVersion: versions.get(entityId) ?? 0 };
          const change = log.append('list', entityId, op === 'delete' ? null : (value ?? null), { at: timestamp, deviceId: 'device-a', mutationId });
          return { mutationId, outcome: 'applied', contextVersion: change.contextVersion };
        });
        b.result('clinic-a', results);
      };
      const deliver = (): void => {
        const state = b.state('clinic-a');
        if (state?.link.name !== 'live' && state?.link.name !== 'catching-up') return;
        const local = state.partition?.localVersion ?? 0;
        if (log.head > local) b.say(log.delta(state.activationId, local));
      };
      for (const { do: what, row } of steps) {
        switch (what) {
          case 'theirs':
            everything[row]?.push(next);
            log.append('list', ids[row], [...onServer(row), next++]);
            break;
          case 'accept':
            answer();
            break;
          case 'deliver':
            deliver();
            break;
          case 'rebuild':
            if (b.state('clinic-a')?.link.name !== 'live') break;
            b.callContext('clinic-a', (callId) => ({ type: 'rebuild', callId }));
            b.answerWithSnapshot('clinic-a');
            b.advance(10);
            answer();
            if (b.state('clinic-a')?.link.name === 'asking') b.answer('clinic-a');
            break;
          case 'kill':
          case 'power':
            b.restart({ power: what === 'power' });
            back();
            break;
          default: {
            const added = next++;
            const call = b.write('clinic-a', 'list', ids[row], [...sees(row), added]);
            if (call.result === undefined) break;
            mine[row]?.push(added);
            everything[row]?.push(added);
          }
        }
        for (const at of [0, 1] as const) expect(sees(at)).toEqual(expect.arrayContaining(mine[at] ?? []));
      }
      for (let i = 0; i < 10; i++) {
        b.advance(10_000);
        b.disconnect();
        back();
        deliver();
        answer();
        deliver();
      }
      for (const at of [0, 1] as const) {
        expect(onServer(at).toSorted((x, y) => x - y)).toEqual(everything[at]);
        expect(sees(at)).toEqual(onServer(at));
        expect(b.chain('clinic-a', 'list', ids[at])).toEqual([]);
      }
      expect(b.state('clinic-a')?.partition?.digest).toBe(log.digest);
    }),
    { numRuns: 60 },
  );
});
