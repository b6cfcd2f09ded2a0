import type { ReactNode } from 'react';
import type { ResultOf } from '../../protocol/debug/index.ts';
import { formatCount } from '../../views/format.ts';
import { Name } from '../components/parts.tsx';

type Difference = NonNullable<ResultOf<'Context.replay'>['differences']>[number];
const SHOWN = 100;
const WORDS = { 'missing-here': 'missing here', 'only-here': 'only here', differs: 'differs' } as const;

const valueOf = (row: Difference['local']): string => (row === null ? '–' : row.deleted ? 'deleted' : JSON.stringify(row.value).slice(0, 400));

/** Rows that this device and the server hold otherwise, with the change that was not applied. */
export function Differences({ differences }: { differences: readonly Difference[] }): ReactNode {
  if (differences.length === 0) return null;
  return (
    <div className="dl-table dl-scroll">
      <table className="grid" aria-label="Rows that differ">
        <colgroup>
          <col style={{ width: 170 }} />
          <col style={{ width: 92 }} />
          <col />
          <col />
          <col className="p2" style={{ width: 92 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Row</th>
            <th>What</th>
            <th>Here</th>
            <th>On the server</th>
            <th className="num p2">Change</th>
          </tr>
        </thead>
        <tbody>
          {differences.slice(0, SHOWN).map((one) => (
            <tr key={`${one.entity}/${one.id}`}>
              <td className="mono">
                <Name text={`${one.entity}/${one.id}`} most={80} />
              </td>
              <td className="c-conflict">{WORDS[one.kind]}</td>
              <td className="mono" title={valueOf(one.local)}>
                <Name text={valueOf(one.local)} most={120} />
              </td>
              <td className="mono" title={valueOf(one.server)}>
                <Name text={valueOf(one.server)} most={120} />
              </td>
              <td className="num p2">{one.change === undefined ? '–' : formatCount(one.change.contextVersion)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {differences.length > SHOWN ? <p className="t2 cap">{formatCount(differences.length - SHOWN)} more</p> : null}
    </div>
  );
}
