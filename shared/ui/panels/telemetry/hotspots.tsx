import { useMemo, useState, type ReactNode } from 'react';
import { causesOf, conflictsOf, type Cause } from '../../../views/conflicts.ts';
import { formatCount } from '../../../views/format.ts';
import { Segments } from '../../components/controls.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';

const ROWS = 7;
const COLUMNS = 5;
const MOST = 5_000;

/** Which context and which device meet most often; a cell opens its conflicts. */
export function Hotspots({ from, to }: { from: number; to: number }): ReactNode {
  const inspector = useInspector();
  const { cursor, contexts, fields } = useView();
  const [scope, setScope] = useState<'range' | 'all'>('all');
  const place = inspector.place();
  const { value } = useRead(`hotspots ${cursor ?? 'live'}`, (read) => conflictsOf(read, place, MOST));
  const all = useMemo(() => (value ?? []).filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId)), [value, contexts]);
  const inRange = useMemo(() => all.filter(({ at }) => at >= from && at <= to), [all, from, to]);
  const causes = useMemo(() => causesOf(scope === 'range' ? inRange : all), [scope, inRange, all]);
  const ids = sums(causes, ({ contextId }) => contextId);
  const devices = sums(causes, ({ device }) => device);
  const [shownIds, otherIds] = [ids.slice(0, COLUMNS), ids.slice(COLUMNS)];
  const [shownDevices, otherDevices] = [devices.slice(0, ROWS), devices.slice(ROWS)];
  const most = Math.max(1, ...causes.map(({ count }) => count));
  const count = (inId: (id: string) => boolean, ofDevice: (device: string) => boolean): number => causes.reduce((sum, cause) => sum + (inId(cause.contextId) && ofDevice(cause.device) ? cause.count : 0), 0);
  const open = (words: readonly string[]): void => inspector.go('conflicts', { fields: { ...fields, conflicts: words.join(' ') } });
  const columns = [...shownIds.map(([id]) => ({ key: id, holds: (other: string) => other === id, word: `context:"${id}"` as string | null })), ...(otherIds.length === 0 ? [] : [{ key: '', holds: (other: string) => otherIds.some(([id]) => id === other), word: null }])];
  const rows = [...shownDevices.map(([device]) => ({ key: device, holds: (other: string) => other === device, word: `device:"${device}"` as string | null })), ...(otherDevices.length === 0 ? [] : [{ key: '', holds: (other: string) => otherDevices.some(([device]) => device === other), word: null }])];
  return (
    <section aria-label="Hotspots">
      <div className="tm-h">
        <h3>Hotspots</h3>
        <span className="t3">context and device</span>
        <span className="grow" />
        <Segments label="Conflicts of" value={scope} onChange={setScope} options={[{ value: 'range', label: `Range ${formatCount(inRange.length)}` }, { value: 'all', label: `All ${formatCount(all.length)}` }]} />
      </div>
      {causes.length === 0 ? (
        <p className="t2 tm-p">{scope === 'range' && all.length > 0 ? 'No conflict in this range.' : 'No conflict yet.'}</p>
      ) : (
        <table className="tm-heat" aria-label="Conflicts by device and context">
          <thead>
            <tr>
              <th scope="col">Met device</th>
              {columns.map(({ key }) => (
                <th key={key} scope="col" className="num">
                  {key === '' ? `${otherIds.length} more` : <Name text={key} most={20} />}
                </th>
              ))}
              <th scope="col" className="num al">
                All
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row" className={row.key === '' ? 't2' : ''}>
                  {row.key === '' ? `${otherDevices.length} other devices` : <Name text={row.key || 'unknown'} most={30} />}
                </th>
                {columns.map((column) => {
                  const n = count(column.holds, row.holds);
                  const words = [row.word, column.word].flatMap((word) => word ?? []);
                  const heat = n === 0 ? 0 : Math.min(5, 1 + Math.floor((4 * n) / most));
                  return (
                    <td key={column.key} className={`num heat-${heat}`}>
                      {n === 0 ? (
                        <span className="t3">·</span>
                      ) : words.length === 0 ? (
                        formatCount(n)
                      ) : (
                        <button type="button" title={`Show these ${formatCount(n)} conflicts`} onClick={() => open(words)}>
                          {formatCount(n)}
                        </button>
                      )}
                    </td>
                  );
                })}
                <td className="num t2">{formatCount(count(() => true, row.holds))}</td>
              </tr>
            ))}
            <tr className="sum">
              <th scope="row">All</th>
              {columns.map(({ key, holds }) => (
                <td key={key} className="num">
                  {formatCount(count(holds, () => true))}
                </td>
              ))}
              <td className="num">{formatCount(count(() => true, () => true))}</td>
            </tr>
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Sums by a name, most first. */
function sums(causes: readonly Cause[], nameOf: (cause: Cause) => string): readonly (readonly [string, number])[] {
  const all = new Map<string, number>();
  for (const cause of causes) all.set(nameOf(cause), (all.get(nameOf(cause)) ?? 0) + cause.count);
  return [...all].toSorted((a, b) => b[1] - a[1]);
}
