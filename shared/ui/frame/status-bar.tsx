import { Fragment, type ReactNode } from 'react';
import type { ShownState } from '../../views/context-now.ts';
import { formatBytes, formatCount, plural } from '../../views/format.ts';
import { StateIcon, STATE_WORDS } from '../components/parts.tsx';
import { CREDIT_BYTES } from '../state/session.ts';
import { useContexts, useIndex, useInspector, useView } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';

const SHOWN: readonly ShownState[] = ['active', 'activating', 'deactivating', 'error'];
const IN_THE_PAST: readonly ShownState[] = ['active', 'activating', 'deactivating', 'dormant', 'pruned'];

export function StatusBar(): ReactNode {
  const inspector = useInspector();
  const contexts = useContexts();
  const { index } = useIndex();
  const { cursor } = useView();
  const traffic = useStore(inspector.session.traffic);
  const live = useStore(inspector.session.client).state === 'attached';
  const pending = contexts.reduce((sum, context) => sum + context.pending, 0);
  const counts = (cursor === null ? SHOWN : IN_THE_PAST).map((state) => ({ state, n: contexts.filter((context) => context.state === state || (state === 'active' && context.state === 'ambient')).length }));
  const missing = index.gaps.reduce((sum, gap) => sum + gap.toSeq - gap.fromSeq + 1, 0);
  const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  return (
    <footer className="status" data-region>
      <span>{plural(contexts.length, 'context')}</span>
      <span className="sep" />
      {counts.map(({ state, n }) =>
        n === 0 ? null : (
          <span key={state}>
            <StateIcon state={state} />
            {formatCount(n)} {STATE_WORDS[state]}
          </span>
        ),
      )}
      {pending > 0 ? (
        <>
          <span className="sep" />
          <span className="c-pending">{plural(pending, 'pending write')}</span>
        </>
      ) : null}
      {cursor === null ? null : (
        <>
          <span className="sep" />
          <span className="c-accent">
            State as of seq {formatCount(index.seq[cursor] ?? 0)}. {plural(index.length - 1 - cursor, 'later event')} dimmed
          </span>
        </>
      )}
      <span className="grow" />
      {live ? (
        <Fragment>
          <span className="opt" title="Events that this inspector takes from the app, over the last seconds">
            Inspector cost: {formatBytes(traffic.bytesPerSecond)}/s
          </span>
          <span className="sep opt" />
          <span title="Event credit left before the agent starts to count instead of send">
            Credit {mib(traffic.credit)} of {CREDIT_BYTES / 1_048_576} MiB
          </span>
        </Fragment>
      ) : null}
      {index.gaps.length === 0 ? null : (
        <>
          <span className="sep" />
          <button type="button" className="link c-conflict" title="Show the gap in the timeline" onClick={() => inspector.go('timeline', { to: (index.gaps.at(-1)?.toAt ?? 0) + 30_000 })}>
            {plural(index.gaps.length, 'gap')}: {plural(missing, 'event')}
          </button>
        </>
      )}
    </footer>
  );
}
