import { useMemo, type ReactNode } from 'react';
import { capital } from '../../../views/describe-event.ts';
import { formatBytes, formatClock, formatCount, formatMs } from '../../../views/format.ts';
import { summarize } from '../../../views/range-summary.ts';
import { IconButton } from '../../components/controls.tsx';
import { KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useIndex, useInspector, useSlowRevision, useView } from '../../state/inspector.ts';
import type { Span } from '../../state/view.ts';

const SHOWN_CONTEXTS = 6;
const SHOWN_KINDS = 7;
const number = (value: number | null): string => (value === null ? '–' : value < 10 ? value.toFixed(1) : formatCount(value));

const MANY = 20_000;

/** What happened in a stretch: by kind with times, and by context. */
export function SelectionDetail({ span, chosen }: { span: Span; chosen: boolean }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const revision = useSlowRevision();
  // While it follows, the edges move with every beat: whole seconds are close enough for sums, and five of them for sums over many.
  const unit = index.placeOf(span.to) - index.placeOf(span.from) > MANY ? 5_000 : 1_000;
  const [from, to] = chosen ? [span.from, span.to] : [Math.floor(span.from / unit) * unit, Math.ceil(span.to / unit) * unit];
  const { contexts } = useView();
  const summary = useMemo(() => {
    const kept = new Set(contexts);
    return summarize(index, index.placeOf(from), index.placeOf(to), (id) => kept.size === 0 || (id !== null && kept.has(id)));
    // eslint-disable-next-line react/exhaustive-deps -- the index grows in place
  }, [index, chosen ? 0 : revision, from, to, contexts]);
  const seconds = Math.max(0.001, (span.to - span.from) / 1_000);
  const most = Math.max(1, summary.contexts[0]?.events ?? 1);
  return (
    <section className="detail tl-det" aria-label={chosen ? 'Selection' : 'In view'}>
      <div className="detail-head">
        <h2>{chosen ? 'Selection' : 'In view'}</h2>
        <span className="mono t2">
          {formatClock(span.from)} to {formatClock(span.to)}
        </span>
        <span className="t2">{formatMs(span.to - span.from)}</span>
        <span className="grow" />
        {chosen ? (
          <>
            <IconButton icon="fit" label="Zoom to selection (Z)" onPress={() => inspector.show({ width: span.to - span.from, to: span.to, selection: null })} />
            <IconButton icon="close" label="Clear the selection (Esc)" onPress={() => inspector.show({ selection: null })} />
          </>
        ) : null}
      </div>
      <div className="detail-body tl-sel">
        <table className="grid" aria-label="By kind">
          <thead>
            <tr>
              <th>Kind</th>
              <th className="num">Events</th>
              <th className="num">Bytes</th>
              <th className="num">p50 ms</th>
              <th className="num">p95 ms</th>
            </tr>
          </thead>
          <tbody>
            {summary.kinds.slice(0, SHOWN_KINDS).map(({ kind, events, bytes, p50Ms, p95Ms }) => (
              <tr key={kind}>
                <td>
                  <KindIcon kind={kind} />
                  {capital(kind)}
                </td>
                <td className="num">{formatCount(events)}</td>
                <td className="num">{bytes === 0 ? <span className="t3">–</span> : formatBytes(bytes)}</td>
                <td className="num">{number(p50Ms)}</td>
                <td className="num">{number(p95Ms)}</td>
              </tr>
            ))}
            <tr className="sum">
              <td>All kinds</td>
              <td className="num">{formatCount(summary.events)}</td>
              <td className="num">{formatBytes(summary.bytes)}</td>
              <td />
              <td />
            </tr>
          </tbody>
        </table>
        <div className="by">
          <h3 className="h">By context</h3>
          {summary.contexts.slice(0, SHOWN_CONTEXTS).map(({ contextId, events }) => (
            <div key={contextId} className="r">
              <span className="clip">
                <Name text={contextId} most={40} />
              </span>
              <span>{formatCount(events)}</span>
              <i>
                <b style={{ width: `${(100 * events) / most}%` }} />
              </i>
            </div>
          ))}
        </div>
        <div className="nt">
          <span>
            {number(summary.events / seconds)} events/s, {formatBytes(summary.bytes / seconds)}/s
          </span>
          <span className="grow" />
          <span className="t3">Same range in</span>
          <LinkButton onPress={() => inspector.go('telemetry')}>Telemetry</LinkButton>
          <LinkButton onPress={() => inspector.go('query')}>Query</LinkButton>
        </div>
      </div>
    </section>
  );
}
