import { DEBUG_PROTOCOL } from '../../../protocol/debug/index.ts';
import { DebugRpc } from '../../../protocol/debug/rpc.ts';
import { infoOf } from '../../state/client-state.ts';
import type { Inspector } from '../../state/inspector.ts';

export interface NamedContext {
  readonly contextId: string;
  readonly title: string;
}

/** The contexts that a client knows: from the session if it is of this client, else asked on a channel that ends with the answer. */
export async function contextsOf({ session, host }: Inspector, clientId: string): Promise<readonly NamedContext[]> {
  const known = session.contexts.get();
  if (infoOf(session.client.get())?.clientId === clientId && known.size > 0) return [...known.values()].map(({ contextId, title }) => ({ contextId, title }));
  const token = await host.token();
  const rpc = new DebugRpc(host.connect(`/client/${encodeURIComponent(clientId)}`), {});
  try {
    await rpc.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', name: 'inspector', ...(token === null ? {} : { token }) });
    const { entries } = await rpc.call('Registry.list', {});
    return entries.map(({ row: { contextId, title = '' } }) => ({ contextId, title }));
  } finally {
    rpc.close();
  }
}
