import { useMemo, useState, type ReactNode } from 'react';
import type { EventIndex } from '../../../views/event-index.ts';
import { formatCount } from '../../../views/format.ts';
import { heatOf, meetingsOf, type HeatLine, type Meetings } from '../../../views/hotspots.ts';
import { Segments } from '../../components/controls.tsx';
import { Name } from '../../components/parts.tsx';
import { useIndex, useInspector, useView } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';

/** As many as stand beside the charts without scrolling; more are one line. */
const FITS = { rows: 6, columns: 6 };
const NONE: readonly Meetings[] = [];
const HEATS = 4;

/** Which context and which device meet most often; a cell opens its conflicts. */
export function Hotspots({ from, to }: { from: number; to: number }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const { cursor, contexts, fields } = useView();
  const [scope, setScope] = useState<'inRange' | 'all'>('all');
  const place = inspector.place();
  const all = useRead(`hotspots ${cursor ?? 'live'} ${from} ${to}`, (read) => meetingsOf(read, place, from, to)).value ?? NONE;
  const meetings = useMemo(() => (contexts.length === 0 ? all : all.filter(({ contextId }) => contexts.includes(contextId))), [all, contexts]);
  const heat = useMemo(() => heatOf(meetings, scope, FITS), [meetings, scope]);
  const sum = (what: 'inRange' | 'all'): string => formatCount(meetings.reduce((total, one) => total + one[what], 0));
  const open = (device: string, contextId: string): void => {
    const words = [`device:"${device}"`, `context:"${contextId}"`, ...(scope === 'inRange' ? seqWords(index, from, to) : [])];
    inspector.go('conflicts', { fields: { ...fields, conflicts: words.join(' ') } });
  };
  return (
    <section aria-label="Hotspots">
      <div className="tm-h">
        <h3>Hotspots</h3>
        <span className="t3">context and device</span>
        <span className="grow" />
        <Segments label="Conflicts of" value={scope} onChange={setScope} options={[{ value: 'inRange', label: `Range ${sum('inRange')}` }, { value: 'all', label: `All ${sum('all')}` }]} />
      </div>
      {heat.total === 0 ? (
        <p className="t2 tm-p">{meetings.length > 0 ? 'No conflict in this range.' : 'No conflict yet.'}</p>
      ) : (
        <table className="tm-heat" aria-label="Conflicts by device and context">
          <thead>
            <tr>
              <th scope="col">Met device</th>
              {heat.columns.map(({ name, folded }) => (
                <th key={name ?? ''} scope="col" className="num" title={name ?? undefined}>
                  {name === null ? `${folded} more` : <Name text={name} most={20} />}
                </th>
              ))}
              <th scope="col" className="num al">
                All
              </th>
            </tr>
          </thead>
          <tbody>
            {heat.rows.map((row) => (
              <tr key={row.name ?? 'others'}>
                <DeviceHead line={row} />
                {heat.columns.map((column, at) => (
                  <Cell key={column.name ?? ''} count={row.cells[at] ?? 0} most={heat.most} onOpen={row.name === null || row.name === '' || column.name === null ? null : () => open(row.name ?? '', column.name ?? '')} />
                ))}
                <td className="num t2">{formatCount(row.sum)}</td>
              </tr>
            ))}
            <tr className="sum">
              <th scope="row">All</th>
              {heat.columns.map(({ name, sum: count }) => (
                <td key={name ?? ''} className="num">
                  {formatCount(count)}
                </td>
              ))}
              <td className="num">{formatCount(heat.total)}</td>
            </tr>
          </tbody>
        </table>
      )}
    </section>
  );
}

function DeviceHead({ line: { name, folded } }: { line: HeatLine }): ReactNode {
  return (
    <th scope="row" className={name === null ? 't2' : ''} title={name === null ? undefined : name}>
      {name === null ? `${folded} other devices` : <Name text={name || 'unknown'} most={30} />}
    </th>
  );
}

/** What a filter cannot name, several devices or an unknown one, opens nothing. */
function Cell({ count, most, onOpen }: { count: number; most: number; onOpen: (() => void) | null }): ReactNode {
  const heat = count === 0 ? 0 : Math.min(HEATS, 1 + Math.floor((HEATS * count) / Math.max(1, most)));
  return (
    <td className={`num heat-${heat}`}>
      {count === 0 ? (
        <span className="t3">·</span>
      ) : onOpen === null ? (
        <span>{formatCount(count)}</span>
      ) : (
        <button type="button" title={`Show these ${formatCount(count)} conflicts`} onClick={onOpen}>
          {formatCount(count)}
        </button>
      )}
    </td>
  );
}

/** The range in the words of the filter, which knows numbers of events; they begin anew with each run of a client. */
function seqWords(index: EventIndex, from: number, to: number): readonly string[] {
  const first = index.placeOf(from);
  const behind = index.placeOf(to);
  if (first >= index.length || index.runs.at(first) !== index.runs.at(Math.max(first, behind - 1))) return [];
  return [`seq:>${(index.seq[first] ?? 0) - 1}`, ...(behind < index.length ? [`seq:<${index.seq[behind] ?? 0}`] : [])];
}
