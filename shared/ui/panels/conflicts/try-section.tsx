import { useState, type ReactNode } from 'react';
import { codeOf, messageOf } from '../../../base/app-error.ts';
import { sameJson } from '../../../base/json.ts';
import type { ConflictDetail, ResultOf } from '../../../protocol/debug/index.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { textOfField, kindOf } from '../../../views/typed-field.ts';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useCapable, useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { fieldLines, valueText, type FieldLine } from './field-diff.ts';
import type { FieldEdit } from './field-editor.tsx';

const STRATEGIES = ['lww', 'fields', 'text', 'custom', 'ask'] as const;
type Strategy = (typeof STRATEGIES)[number];

type Tried = { readonly strategy: Strategy } & ({ readonly result: ResultOf<'Conflict.tryStrategy'>; readonly lines: readonly FieldLine[] } | { readonly error: string });

/** The same three values under every strategy, on a copy: what each keeps of either side. */
export function TrySection({ detail, onUse }: { detail: ConflictDetail; onUse: (edits: readonly FieldEdit[]) => void }): ReactNode {
  const inspector = useInspector();
  const can = useCapable('Conflict.tryStrategy');
  const refused = useRefusal('Conflict.tryStrategy');
  const [chosen, setChosen] = useState<Strategy | null>(null);
  const { contextId, conflictId } = detail;
  const { value, loading } = useAnswer(`try ${contextId} ${conflictId} ${refused ?? ''}`, !can || refused !== null ? null : () => Promise.all(STRATEGIES.map((strategy) => tried(strategy))));
  const tried = async (strategy: Strategy): Promise<Tried> => {
    try {
      const result = await inspector.session.call('Conflict.tryStrategy', { contextId, conflictId, strategy });
      return { strategy, result, lines: fieldLines({ ...detail, result: result.result, decided: result.decided }) };
    } catch (thrown) {
      return { strategy, error: `${codeOf(thrown)}: ${messageOf(thrown)}` };
    }
  };
  if (!can) return null;
  const current = value?.find(({ strategy }) => strategy === chosen);
  const differs = current === undefined || 'error' in current ? [] : current.lines.filter(({ field, result }) => !sameJson(result, inUse(detail).get(field)));
  return (
    <section>
      <Heading note="on a copy, nothing is written">Try another strategy</Heading>
      {refused !== null ? <p className="t2 cx-note">{refused}</p> : null}
      {value === null ? (
        loading ? <p className="t2 cx-note">Trying each on the three values.</p> : null
      ) : (
        <table className="cf-try" aria-label="What each strategy makes of it">
          <thead>
            <tr>
              <th scope="col">Strategy</th>
              <th scope="col" className="num">
                Differs
              </th>
              <th scope="col" className="num">
                Mine kept
              </th>
              <th scope="col" className="num">
                Theirs kept
              </th>
            </tr>
          </thead>
          <tbody>
            {value.map((one) => (
              <tr key={one.strategy} className={one.strategy === chosen ? 'is-selected' : ''}>
                <td>
                  <label>
                    <input type="radio" name="strategy" checked={one.strategy === chosen} disabled={'error' in one} onChange={() => setChosen(one.strategy)} />
                    <span>{one.strategy}</span> {one.strategy === detail.strategy ? <span className="t2">in use</span> : null}
                  </label>
                </td>
                {'error' in one ? (
                  <td colSpan={3} className="t2 clip" title={one.error}>
                    <Name text={one.error} most={120} />
                  </td>
                ) : (
                  <Kept lines={one.lines} detail={detail} isGone={one.result.result.deleted} outcome={one.result.outcome} />
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {current === undefined || 'error' in current ? null : (
        <div className="cf-tried" aria-live="polite">
          <p className="cx-note">
            <span>
              Outcome <b>{current.result.outcome}</b>, <span>{differs.length === 0 ? 'the same result' : `${plural(differs.length, 'field')} otherwise`}</span>
            </span>
            {differs.length === 0 || current.result.result.deleted ? null : (
              <LinkButton className="push" onPress={() => onUse(differs.map(({ field, result }) => ({ field, kind: kindOf(result), text: result === undefined ? null : textOfField(result) })))}>
                Use as edit
              </LinkButton>
            )}
          </p>
          {differs.slice(0, 8).map(({ field, result }) => (
            <p key={field} className="mono clip">
              <Name text={field} most={40} /> <span className="t2">{valueText(inUse(detail).get(field)).slice(0, 60)}</span> → <ins className="l">{valueText(result).slice(0, 60)}</ins>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

const inUse = (detail: ConflictDetail): ReadonlyMap<string, FieldLine['result']> => new Map(fieldLines(detail).map(({ field, result }) => [field, result]));

/** How many fields come out otherwise, and how many of what each side changed are kept. */
function Kept({ lines, detail, isGone, outcome }: { lines: readonly FieldLine[]; detail: ConflictDetail; isGone: boolean; outcome: string }): ReactNode {
  const now = inUse(detail);
  const differs = lines.filter(({ field, result }) => !sameJson(result, now.get(field))).length;
  const kept = (side: 'mine' | 'theirs'): string => {
    const changed = lines.filter((line) => line.changed === 'both' || line.changed === side);
    // A delete is one change: of the row.
    const deletes = detail[side]?.deleted === true ? 1 : 0;
    const of = changed.length + deletes;
    return of === 0 ? '–' : `${formatCount(changed.filter((line) => sameJson(line.result, line[side])).length + (isGone ? deletes : 0))} of ${formatCount(of)}`;
  };
  return (
    <>
      <td className="num">{outcome === 'ask' ? 'asks' : differs === 0 ? '–' : plural(differs, 'field')}</td>
      <td className="num">{kept('mine')}</td>
      <td className="num">{kept('theirs')}</td>
    </>
  );
}
