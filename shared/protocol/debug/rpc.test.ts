import { expect, test } from 'vitest';
import { AppError, codeOf } from '../../base/app-error.ts';
import { DebugRpc, type Asking, type DebugChannel } from './rpc.ts';

/** Two ends in memory: what one sends the other receives a turn later. */
function pair(): readonly [DebugChannel, DebugChannel] {
  type Handlers = Parameters<DebugChannel['receive']>[0];
  const handlers: [Handlers | null, Handlers | null] = [null, null];
  const end = (here: 0 | 1, there: 0 | 1): DebugChannel => ({
    send: (text) => queueMicrotask(() => handlers[there]?.message(text)),
    receive: (taken) => void (handlers[here] = taken),
    close: (reason = 'closed') => {
      handlers[here]?.closed(reason);
      handlers[there]?.closed(reason);
    },
  });
  return [end(0, 1), end(1, 0)];
}

/** Ends that answer nothing until they are cancelled. */
function patient() {
  const [ours, theirs] = pair();
  const asked: { readonly method: string; readonly signal: AbortSignal }[] = [];
  new DebugRpc(theirs, {
    request: (method, _params, { signal }: Asking) => {
      asked.push({ method, signal });
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new AppError('CANCELLED', `${method} was cancelled`))));
    },
  });
  return { rpc: new DebugRpc(ours, {}), asked };
}

const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));

test('DB6 a call that is cancelled is told to the other side, whose answer counts; the others go on', async () => {
  const { rpc, asked } = patient();
  const abort = new AbortController();
  const first = rpc.call('Context.verify', { contextId: 'a' }, { signal: abort.signal }).catch(codeOf);
  void rpc.call('Context.verify', { contextId: 'b' }).catch(codeOf);
  await turn();
  abort.abort();
  expect(await first).toBe('CANCELLED');
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(await rpc.call('Context.verify', { contextId: 'c' }, { signal: abort.signal }).catch(codeOf)).toBe('CANCELLED');
  expect(asked).toHaveLength(2);
});

test('DB2 DB6 when the asking side goes, what it only wanted to read ends, and what changes the client goes on', async () => {
  const { rpc, asked } = patient();
  const calls = [rpc.call('Context.verify', { contextId: 'a' }), rpc.call('Context.replay', { commandId: 'c-1', contextId: 'a', mode: 'rebuild' })].map((call) => call.catch(codeOf));
  await turn();
  rpc.close();
  expect(await Promise.all(calls)).toEqual(['CLIENT_GONE', 'CLIENT_GONE']);
  expect(asked.map(({ method, signal }) => [method, signal.aborted])).toEqual([['Context.verify', true], ['Context.replay', false]]);
});
