import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import type { EventIndex, Track } from '../../../views/event-index.ts';
import { formatCount, formatMinute, formatSecond } from '../../../views/format.ts';
import { laneOf, type Point } from '../../../views/lane.ts';
import { LinkButton } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow } from '../../state/inspector.ts';

const SPAN_MS = 480_000;
const COLUMNS = 280;

/** Local version against that of the server, over the last minutes. */
export function StaircaseSection({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const now = useNow();
  const track = index.tracks.get(context.contextId);
  return (
    <section>
      <h3 className="h">
        Version, last 8 min
        <span className="push legend">
          <span className="c-local">
            <i className="ln" />
            local
          </span>
          <span className="c-remote">
            <i className="ln dash" />
            server
          </span>
        </span>
      </h3>
      {track === undefined || track.local.length === 0 ? <p className="t2">No version in this recording yet.</p> : <Staircase index={index} track={track} to={now} />}
      <p className="t2 cx-note">{track === undefined ? '' : dormantNote(index, track, now)}</p>
      <p className="cx-links">
        <LinkButton onPress={() => inspector.go('timeline', { contexts: [context.contextId] })}>Show in Timeline</LinkButton> <span className="t3">·</span>{' '}
        <LinkButton onPress={() => inspector.go('data', { selected: context.contextId })}>Browse data</LinkButton>
      </p>
    </section>
  );
}

function ticks(low: number, high: number): readonly number[] {
  const span = Math.max(1, high - low);
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const first = Math.floor(low / step) * step;
  const out: number[] = [];
  for (let value = first; value < high + step; value += step) out.push(value);
  return out.length < 2 ? [first, first + step] : out;
}

function Staircase({ index, track, to }: { index: EventIndex; track: Track; to: number }): ReactNode {
  const from = to - SPAN_MS;
  const { local, server, low, high } = laneOf(index, track, from, to, COLUMNS);
  const marks = ticks(low, high);
  const bottom = marks[0] ?? 0;
  const top = Math.max(bottom + 1, marks.at(-1) ?? 1);
  const x = (at: number): string => ((1_000 * (at - from)) / SPAN_MS).toFixed(1);
  const y = (value: number): string => (100 - (100 * (value - bottom)) / (top - bottom)).toFixed(1);
  const path = (points: readonly Point[]): string => {
    const [first, ...rest] = points;
    if (first === undefined) return '';
    return `M${x(first.at)} ${y(first.value)}${rest.map(({ at, value }) => `H${x(at)}V${y(value)}`).join('')}H1000`;
  };
  const localPath = path(local);
  const start = local[0];
  return (
    <figure className="chart cx-chart" role="img" aria-label={`Local version ${formatCount(local.at(-1)?.value ?? 0)}, server version ${formatCount(server.at(-1)?.value ?? 0)}`}>
      <div className="y">
        {marks.map((mark) => (
          <span key={mark} style={{ top: `${y(mark)}%` }}>
            {formatCount(mark)}
          </span>
        ))}
      </div>
      <div className="plot">
        {marks.slice(1).map((mark) => (
          <i key={mark} className="gl" style={{ top: `${y(mark)}%` }} />
        ))}
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
          <path className="c-remote dash" d={path(server)} />
          {start === undefined ? null : <path className="area c-local" d={`${localPath}V100H${x(start.at)}Z`} />}
          <path className="c-local" d={localPath} />
        </svg>
      </div>
      <div className="x">
        <span style={{ left: 0 }}>{formatMinute(from)}</span>
        <span style={{ left: '50%' }}>{formatMinute(from + SPAN_MS / 2)}</span>
        <span style={{ left: '100%' }}>{Date.now() - to < 5_000 ? 'now' : formatMinute(to)}</span>
      </div>
    </figure>
  );
}

/** What a dormant stretch cost and missed, in a sentence. */
function dormantNote(index: EventIndex, track: Track, to: number): string {
  const { bands } = laneOf(index, track, to - SPAN_MS, to, COLUMNS);
  const dormant = bands.findLast(({ state, from, to: end }) => state === 'dormant' && end - from > 10_000);
  if (dormant === undefined) return '';
  const before = track.server.at(index.placeOf(dormant.from));
  const after = track.server.at(index.placeOf(dormant.to)) ?? 0;
  const went = before !== undefined && before > 0 && after > before ? `, and the server went on by ${formatCount(after - before)}` : '';
  const open = dormant.to >= to - 1;
  return `${open ? `Since ${formatSecond(dormant.from)} the context is` : `From ${formatSecond(dormant.from)} to ${formatSecond(dormant.to)} the context was`} dormant: it ${open ? 'costs' : 'cost'} nothing${went}.`;
}
