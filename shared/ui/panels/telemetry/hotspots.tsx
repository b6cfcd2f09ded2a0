import { useMemo, type ReactNode } from 'react';
import { causesOf, conflictsOf } from '../../../views/conflicts.ts';
import { formatBytes, formatCount } from '../../../views/format.ts';
import { Heading, Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';

const ROWS = 7;
const COLUMNS = 5;

/** Which context and which device meet most often; a cell opens its conflicts. */
export function Hotspots(): ReactNode {
  const inspector = useInspector();
  const { cursor, contexts, fields } = useView();
  const place = inspector.place();
  const { value } = useRead(`hotspots ${cursor ?? 'live'}`, (read) => conflictsOf(read, place, 5_000));
  const causes = useMemo(() => causesOf((value ?? []).filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId))), [value, contexts]);
  const ids = top(causes.map(({ contextId, count }) => [contextId, count])).slice(0, COLUMNS);
  const devices = top(causes.map(({ device, count }) => [device, count])).slice(0, ROWS);
  const most = Math.max(1, ...causes.map(({ count }) => count));
  return (
    <div className="tm-side">
      <Heading note="context and device">Hotspots</Heading>
      {causes.length === 0 ? <p className="t2">No conflict yet.</p> : null}
      <table className="tm-hot" aria-label="Conflicts by device and context">
        <thead>
          <tr>
            <th scope="col">Met device</th>
            {ids.map(([id]) => (
              <th key={id} scope="col" className="num">
                <Name text={id} most={20} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {devices.map(([device]) => (
            <tr key={device}>
              <th scope="row" className="mono">
                <Name text={device || 'unknown'} most={30} />
              </th>
              {ids.map(([id]) => {
                const count = causes.find((cause) => cause.contextId === id && cause.device === device)?.count ?? 0;
                const heat = count === 0 ? 0 : Math.min(5, 1 + Math.floor((4 * count) / most));
                return (
                  <td key={id} className={`num heat-${heat}`}>
                    {count === 0 ? (
                      <span className="t3">·</span>
                    ) : (
                      <button type="button" title="Open these conflicts" onClick={() => inspector.go('conflicts', { fields: { ...fields, conflicts: `device:"${device}" context:"${id}"` } })}>
                        {formatCount(count)}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <Cost />
    </div>
  );
}

function Cost(): ReactNode {
  const traffic = useStore(useInspector().session.traffic);
  return (
    <>
      <Heading note="now, to the app">Cost of this inspector</Heading>
      <dl className="kv">
        <dt>Debug channel</dt>
        <dd>{formatBytes(traffic.bytesPerSecond)}/s</dd>
        <dt>Recording here</dt>
        <dd>{formatBytes(traffic.recordingBytes)}</dd>
        <dt>Round trip</dt>
        <dd>{traffic.rttMs === null ? '–' : `${Math.round(traffic.rttMs)} ms`}</dd>
      </dl>
    </>
  );
}

function top(pairs: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const [name, count] of pairs) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}
