import { structureHash } from '../base/structure-hash.ts';
import { clientState, clientStep } from '../core/client/step.ts';
import { contextState, contextStep } from '../core/context/step.ts';
import { ABSENT_ROW, rowState, type RowState } from '../core/row.ts';
import { resolve } from '../core/strategies/resolve.ts';
import { STRATEGIES } from '../core/change.ts';
import { outputHash } from './states.ts';

/** The version of the core that recordings are made with and run again by; it is the package's. */
export const CORE_VERSION = '0.1.0';

let made: string | null = null;

/** A hash of what the core does in a short life that is always the same: two cores that differ in it decide differently somewhere. */
export function behaviourHash(): string {
  made ??= structureHash([...scenario()]);
  return made;
}

function* scenario(): Generator<string> {
  const endpoint = 'ws://core/sync';
  const env = { now: 1_000, monotonic: 10, chance: 0.5, schemaVersion: 1 };
  let client = clientState({ userId: 'u' as never, policy: { maxActive: 1, graceMs: 2_000, drain: true, pruneAfterDays: 30, quotaBytes: null }, endpoints: [endpoint], idPrefix: 'c.', rows: [] });
  const membership = { contextId: 'a', kind: 'tenant', role: 'writer', headVersion: 1, logId: 'l', schemaVersion: 1, readableFrom: 1 };
  for (const input of [
    { type: 'start' },
    { type: 'socket-open', url: endpoint, conn: 1 },
    { type: 'frame', url: endpoint, conn: 1, frame: { type: 'WELCOME', serverId: 's', serverTime: 1_500, userId: 'u', contexts: [membership], revoked: [] } },
    { type: 'activate', callId: '1', contextId: 'a', switching: true },
    { type: 'tick' },
    { type: 'close', callId: '2' },
  ]) {
    const output = clientStep(client, input as never, env);
    client = output.state;
    yield outputHash(output);
  }
  const schema = { version: 1, readableFrom: 1, entities: {}, migrations: [] };
  const contextEnv = { now: 2_000, monotonic: 20, deviceId: 'd' as never, schema, policy: { digest: 'replay', maxHeldBytes: 1_000 } as const, custom: () => null, upgrade: () => null };
  let context = contextState({ contextId: 'a' as never, activationId: 'c.1' as never, kind: 'tenant', generation: 0, headVersion: 1 as never, idPrefix: 'c.1.', clockOffset: 0, reason: 'activate' }, 15);
  const partition = { generation: 1, logId: 'l', localVersion: 0, seenVersion: 0, digest: '0'.repeat(16), schemaVersion: 1, readableFrom: 1, clockOffset: 0, nextSeq: 1, pending: [], bytes: 1 };
  const change = { contextId: 'a', contextVersion: 1, entity: 'e', entityId: '1', op: 'put', value: { n: 2 }, timestamp: 1_900, deviceId: 'x', mutationId: 'm', schemaVersion: 1 };
  for (const step of [
    { type: 'start' },
    { type: 'opened', result: { kind: 'ready', partition }, durationMs: 1 },
    { type: 'hydrated', durationMs: 1 },
    { type: 'writes', calls: [{ callId: '3', activationId: 'c.1', entity: 'e', entityId: '1', text: '{"n":1}', confirmed: ABSENT_ROW }] },
    { type: 'link-up', conn: 1, clockOffset: 0 },
    { type: 'frame', conn: 1, bytes: 1, frame: { type: 'CONTEXT_ACTIVATED', activationId: 'c.1', logId: 'l', headVersion: 1, horizon: 0, mode: 'delta', sinceVersion: 0, digest: '0'.repeat(16), schemaVersion: 1, readableFrom: 1 } },
    { type: 'frame', conn: 1, bytes: 1, frame: { type: 'DELTA', activationId: 'c.1', fromVersion: 0, toVersion: 1, changes: [change], digest: 'f'.repeat(16) } },
    { type: 'committed', report: { expect: null, version: 1, changes: 1 }, digest: 'f'.repeat(16), durationMs: 1 },
    { type: 'deactivate', force: false, graceMs: 0, reason: 'close' },
    { type: 'closed' },
  ]) {
    const output = contextStep(context, step as never, contextEnv);
    context = output.state;
    yield outputHash(output);
  }
  const row = (n: number, at: number, device: string): RowState => rowState(JSON.stringify({ n, text: `a text ${n}` }), [at, device], undefined, 1);
  for (const strategy of STRATEGIES) {
    const outcome = resolve(row(0, 1, 'a'), row(1, 3, 'a'), row(2, 2, 'b'), { strategy, textFields: ['text'], custom: () => null, newStamp: [4, 'a'] });
    yield structureHash(outcome);
  }
}

