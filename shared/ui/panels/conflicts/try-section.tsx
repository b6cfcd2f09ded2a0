import { useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import { sameJson } from '../../../base/json.ts';
import type { ConflictDetail, ResultOf } from '../../../protocol/debug/index.ts';
import { plural } from '../../../views/format.ts';
import { Segments } from '../../components/controls.tsx';
import { Heading } from '../../components/parts.tsx';
import { useCapable, useInspector, useRefusal } from '../../state/inspector.ts';
import { fieldLines, valueText } from './field-diff.ts';

const STRATEGIES = ['lww', 'fields', 'text', 'custom', 'ask'] as const;
type Strategy = (typeof STRATEGIES)[number];

/** The same three values under another strategy, on a copy. */
export function TrySection({ detail }: { detail: ConflictDetail }): ReactNode {
  const inspector = useInspector();
  const can = useCapable('Conflict.tryStrategy');
  const refused = useRefusal('Conflict.tryStrategy');
  const [strategy, setStrategy] = useState<Strategy | null>(null);
  const [tried, setTried] = useState<ResultOf<'Conflict.tryStrategy'> | null>(null);
  const [error, setError] = useState<string | null>(null);
  if (!can) return null;
  const run = async (next: Strategy): Promise<void> => {
    setStrategy(next);
    try {
      setTried(await inspector.session.call('Conflict.tryStrategy', { contextId: detail.contextId, conflictId: detail.conflictId, strategy: next }));
      setError(null);
    } catch (thrown) {
      setTried(null);
      setError(messageOf(thrown));
    }
  };
  const differs = tried === null ? [] : fieldLines({ ...detail, base: detail.result, mine: tried.result, theirs: detail.result, result: tried.result, decided: tried.decided }).filter(({ base, mine }) => !sameJson(base, mine));
  return (
    <section>
      <Heading note="on a copy, nothing is written">Try another strategy</Heading>
      <Segments<Strategy | 'none'> label="Strategy" value={strategy ?? 'none'} onChange={(next) => refused === null && next !== 'none' && void run(next)} options={STRATEGIES.map((value) => ({ value, label: value === detail.strategy ? `${value}, in use` : value, title: refused ?? '' }))} />
      {error === null ? null : <p className="c-error">{error}</p>}
      {tried === null ? (
        <p className="t2 cx-note">{refused ?? 'Choose one to see what it would have made of the same three values.'}</p>
      ) : (
        <>
          <p className="cx-note">
            Outcome <b>{tried.outcome}</b>, {differs.length === 0 ? 'the same result' : `${plural(differs.length, 'field')} otherwise`}
          </p>
          <dl className="kv">
            {differs.slice(0, 8).map(({ field, base, mine }) => (
              <div key={field} className="cf-try-line">
                <dt className="mono">{field}</dt>
                <dd className="mono">
                  <span className="t2">{valueText(base).slice(0, 80)}</span> → {valueText(mine).slice(0, 80)}
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}
