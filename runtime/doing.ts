import type { ContextState } from '../shared/core/context/state.ts';
import type { ControlStatus } from './control.ts';

/** What an active context does right now, in the words of the inspector. `fetched`: bytes of a snapshot that is on its way. */
export function doingOf(state: ContextState, fetched: { readonly done: number; readonly total: number } | null): ControlStatus['doing'] {
  const { stage, link, swap, push, partition, headVersion } = state;
  switch (stage.name) {
    case 'opening':
      return { phase: 'open', text: 'Opening' };
    case 'migrating':
      return { phase: 'migrate', text: 'Migrating' };
    case 'hydrating':
      return { phase: 'hydrate', text: 'Hydrating' };
    case 'flushing':
      return { text: 'Flushing the outbox' };
    case 'closing':
    case 'closed':
      return { text: 'Closing' };
    case 'fetching':
    case 'active':
      break;
  }
  if (swap !== null) return { phase: 'catch-up', text: swap.step.name === 'downloading' ? 'Fetching a snapshot' : 'Swapping in a snapshot', ...fetched };
  switch (link.name) {
    case 'asking':
    case 'waiting':
      return { phase: 'connect', text: 'Connecting' };
    case 'catching-up':
      return { phase: 'catch-up', text: 'Catching up', done: (partition?.localVersion ?? 0) - link.fromVersion, total: headVersion - link.fromVersion };
    case 'refused':
      return { text: `Not synced: ${link.code}` };
    case 'offline':
      return { text: 'Offline' };
    case 'live':
      return push === null ? { text: 'Idle, at head' } : { text: 'Pushing', total: push.mutationIds.length };
  }
}
