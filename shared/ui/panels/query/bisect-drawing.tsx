import type { ReactNode } from 'react';
import type { BisectCheck } from '../../../views/bisect.ts';
import { formatCount } from '../../../views/format.ts';
import { Heading } from '../../components/parts.tsx';
import { useRead } from '../../state/use-read.ts';

interface DrawingProps {
  readonly checks: readonly BisectCheck[];
  readonly first: number;
  readonly last: number;
  readonly found: number | null;
  /** What each check counted, and from where on it holds; null: the condition is no comparison. */
  readonly measure: string | null;
  readonly limit: number | null;
  readonly runId: string;
}

const LINE_PX = 5;

/** The limit, and the ends of what was found where there is room beside it. */
function ticksOf(limit: number, least: number, most: number): readonly number[] {
  const far = (value: number): boolean => Math.abs(value - limit) > (most - least) * 0.14;
  return [limit, ...[least, most].filter(far)];
}

/** Where each check was made, what it found, and how the range shrank. The table of checks says the same in numbers. */
export function BisectDrawing({ checks, first, last, found, measure, limit, runId }: DrawingProps): ReactNode {
  const { value: gaps } = useRead(`gaps ${runId}`, (read) => read('SELECT fromSeq, toSeq FROM gaps WHERE runId = ?', [runId]), false);
  const width = Math.max(1, last - first);
  const at = (seq: number): string => `${(100 * (seq - first)) / width}%`;
  const share = (from: number, to: number): string => `${(100 * Math.max(0, to - from)) / width}%`;
  const hidden = (gaps ?? []).map((gap) => <u key={Number(gap['fromSeq'])} className="gp" style={{ left: at(Number(gap['fromSeq'])), width: `max(1px, ${share(Number(gap['fromSeq']), Number(gap['toSeq']))})` }} title={`Gap, ${formatCount(Number(gap['toSeq']) - Number(gap['fromSeq']) + 1)} events`} />);
  const search = checks.filter(({ part }) => part === 'search');
  const values = checks.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  const most = Math.max(1, ...values, limit ?? 0) * 1.15;
  const least = Math.min(0, ...values, limit ?? 0);
  const top = (value: number): string => `${100 - (100 * (value - least)) / (most - least)}%`;
  return (
    <>
      {measure === null || limit === null ? null : (
        <>
          <Heading note={`${measure.slice(0, 60)} at :seq`}>What each check found</Heading>
          <figure className="chart qu-bc" role="img" aria-label={`${measure.slice(0, 60)} at every checked event, holds from ${limit}; the same numbers are in the table of checks`}>
            <div className="y">
              {ticksOf(limit, least, Math.max(0, ...values)).map((value) => (
                <span key={value} style={{ top: top(value) }}>
                  {formatCount(value)}
                </span>
              ))}
            </div>
            <div className="plot">
              <i className="qu-thr" style={{ top: top(limit) }} />
              {hidden}
              {found === null ? null : <em style={{ left: at(found) }} />}
              {checks.map(({ seq, value, holds, part }, i) => (typeof value === 'number' ? <b key={`${i} ${part}`} className={holds ? 'yes' : 'no'} style={{ left: at(seq), top: top(value) }} title={`seq ${formatCount(seq)}: ${formatCount(value)}`} /> : null))}
            </div>
          </figure>
        </>
      )}
      {measure === null ? <Heading>How the range shrank</Heading> : null}
      <div className="qu-rw">
        <span className="t3 xs">
          1<br />
          to
          <br />
          {search.length}
        </span>
        <div className="qu-range" style={{ height: Math.max(40, search.length * LINE_PX) }} role="img" aria-label={`Range left after each of ${search.length} checks; the same is in the table of checks`}>
          {search.map(({ seq, from, to, holds }, i) => (
            <span key={i}>
              <i style={{ top: i * LINE_PX, left: at(from), width: `max(2px, ${share(from, to)})` }} />
              <b className={holds ? 'yes' : 'no'} style={{ top: i * LINE_PX, left: at(seq) }} />
            </span>
          ))}
          {hidden}
        </div>
      </div>
      <div className="qu-rx mono t3">
        <span>seq {formatCount(first)}</span>
        <span>{formatCount(last)}</span>
      </div>
      <div className="legend qu-rl">
        <span>
          <i className="sw qu-sw-left" />
          still possible before the check
        </span>
        <span>
          <i className="sw qu-sw-yes" />
          holds
        </span>
        <span>
          <i className="sw qu-sw-no" />
          does not hold yet
        </span>
        {hidden.length === 0 ? null : (
          <span>
            <i className="sw qu-gapsw" />
            gap: checks move past it
          </span>
        )}
      </div>
    </>
  );
}
