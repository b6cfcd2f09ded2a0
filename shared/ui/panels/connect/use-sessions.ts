import type { ResultOf } from '../../../protocol/debug/index.ts';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { useTick } from './use-tick.ts';

export type HubSession = ResultOf<'Hub.sessions'>['sessions'][number];

/** Who is attached to what, as the hub tells it; null where it tells nobody, or not this session. */
export function useSessions(): readonly HubSession[] | null {
  const { hub } = useInspector();
  const state = useStore(hub.state);
  const at = useStore(hub.refreshedAt);
  // Who attaches elsewhere is told to nobody: it is asked for now and then.
  const tick = useTick();
  const { rpc } = hub;
  const mayAsk = state.state === 'open' && state.contexts === null && rpc !== null;
  return useAnswer(`sessions ${mayAsk} ${at} ${Math.floor(tick / 5)}`, mayAsk ? () => rpc.call('Hub.sessions', {}) : null).value?.sessions ?? null;
}
