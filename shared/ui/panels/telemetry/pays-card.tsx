import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatMs } from '../../../views/format.ts';
import type { Fact, Verdict } from '../../../views/pattern-pays.ts';
import { Icon } from '../../components/icon.tsx';
import { Heading } from '../../components/parts.tsx';

const say = (value: number | null, unit: Fact['unit']): string => (value === null ? 'unknown' : unit === 'bytes' ? formatBytes(value) : unit === 'ms' ? formatMs(value) : unit === 'share' ? `${Math.round(100 * value)}%` : formatCount(value));
const TITLES: { readonly [verdict in Verdict['verdict']]: string } = { pays: 'It pays', 'does-not': 'It does not pay', 'not-yet': 'Not yet', unknown: 'Unknown' };
const bar = ({ unit, from }: Fact): string => (unit === 'ms' ? `to ${say(from, unit)}` : `from ${say(from, unit)}`);

/** Whether one database per context pays for this app, by what was measured here. */
export function PaysCard({ verdict: { facts, verdict, text } }: { verdict: Verdict }): ReactNode {
  return (
    <section aria-label="When the pattern pays">
      <Heading note="by this session">When the pattern pays</Heading>
      <div className="tm-facts" role="table" aria-label="What speaks for one database per context">
        {facts.map((fact) => (
          <div key={fact.name} role="row" className="tm-fact">
            <span role="rowheader" className="t2">
              {fact.name}
            </span>
            <span role="cell" className={`num ${fact.pays === null ? 't3' : ''}`}>
              {say(fact.value, fact.unit)}
            </span>
            <span role="cell">{fact.pays === null ? <span className="t3">–</span> : fact.pays ? <Icon name="check" className="c-ok" label="speaks for it" /> : <Icon name="close" className="t3" label="speaks against it" />}</span>
            <span role="cell" className="t3">
              {bar(fact)}
            </span>
          </div>
        ))}
      </div>
      <p className={`tm-verdict ${verdict === 'pays' ? 'c-ok' : ''}`} role="status">
        <b>{TITLES[verdict]}.</b> <span className="t2">{text}</span>
      </p>
    </section>
  );
}
