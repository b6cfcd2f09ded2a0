import type { WireFrame } from '../../../views/exchanges.ts';
import { formatBytes, formatClock, formatCount, shorten } from '../../../views/format.ts';
import type { Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import type { Store } from '../../state/store.ts';
import { STATE_TONES, isSent, isSlow, latencyText, versionsText } from './frame-words.ts';
import { WaterfallBar, WaterfallHead, type Axis } from './waterfall.tsx';

export interface ListParts {
  readonly axis: Store<Axis>;
  /** Places of the frames of the chosen exchange, in order. */
  readonly kin: readonly number[];
  readonly selected: string;
  readonly toneOf: (contextId: string) => string;
}

/** The columns of the list of frames, most important first by their priorities. */
export function frameColumns({ axis, kin, selected, toneOf }: ListParts): readonly Column<WireFrame>[] {
  return [
    { id: 'exchange', header: '', name: 'Exchange', className: 'gut', width: 20, cell: () => null, cellClass: ({ place }) => bracketAt(place, kin, selected) },
    { id: 'seq', header: 'Seq', priority: 3, numeric: true, width: 60, className: 'mono nx-when', sort: ({ place }) => place, cell: ({ seq }) => <span className="t2">{formatCount(seq)}</span> },
    { id: 'time', header: 'Time', width: 80, className: 'mono nx-when nx-time', sort: ({ place }) => place, cell: ({ at }) => formatClock(at).slice(3), cellTitle: ({ at }) => formatClock(at) },
    {
      id: 'type',
      header: 'Type',
      width: 166,
      className: 'mono nx-type',
      sort: ({ type }) => type,
      cell: (frame) => (
        <>
          <Icon name={isSent(frame) ? 'ev-push' : frame.type === 'SNAPSHOT' ? 'ev-snapshot' : 'ev-delta'} className={isSent(frame) ? 'c-push' : frame.type === 'SNAPSHOT' ? 'c-snapshot' : 'c-delta'} label={isSent(frame) ? 'sent' : 'received'} />
          <Name text={frame.type} most={40} />
        </>
      ),
    },
    {
      id: 'context',
      header: 'Context',
      width: 112,
      className: 'nx-ctx',
      sort: ({ contextId }) => contextId,
      cell: ({ contextId }) =>
        contextId === '' ? (
          <span className="t3">socket</span>
        ) : (
          <>
            <i className={`nx-dot ${toneOf(contextId)}`} aria-hidden="true" />
            <Name text={contextId} most={60} />
          </>
        ),
    },
    { id: 'activation', header: 'Activation', priority: 4, width: 84, className: 'mono', cell: ({ activationId, state }) => <span className={state === 'stale' ? 'c-error' : 't2'}>{activationId === '' ? '–' : <Name text={shorten(activationId)} />}</span>, cellTitle: ({ activationId }) => activationId || undefined },
    { id: 'versions', header: 'Versions', priority: 2, width: 116, className: 'mono', cell: (frame) => <span className={frame.toVersion === null || frame.type === 'PUSH' ? 't2' : ''}>{versionsText(frame)}</span> },
    { id: 'changes', header: 'Changes', priority: 4, numeric: true, width: 70, sort: ({ changes }) => changes ?? -1, cell: ({ changes }) => (changes === null ? <span className="t3">–</span> : formatCount(changes)) },
    { id: 'bytes', header: 'Bytes', priority: 3, numeric: true, width: 62, sort: ({ bytes }) => bytes, cell: ({ bytes }) => (bytes === 0 ? <span className="t3">–</span> : formatBytes(bytes)) },
    { id: 'latency', header: 'Latency', priority: 2, numeric: true, width: 64, title: 'Until the answer came, or until a change was applied', sort: ({ latencyMs }) => latencyMs ?? -1, cell: (frame) => (frame.latencyMs === null ? <span className="t3">–</span> : <span className={isSlow(frame) ? 'c-pending' : ''}>{latencyText(frame.latencyMs)}</span>) },
    { id: 'status', header: 'Status', width: 142, className: 'nx-status', sort: ({ status }) => status, cell: ({ status, state }) => <span className={STATE_TONES[state]}>{status === '' ? '–' : status}</span>, cellTitle: ({ status }) => status || undefined },
    { id: 'rule', header: 'Rule', priority: 4, width: 42, className: 'mono', title: 'The rule of the spec that it serves', sort: ({ rule }) => rule, cell: ({ rule }) => <span className="c-accent">{rule}</span> },
    { id: 'waterfall', header: <WaterfallHead axis={axis} />, name: 'Waterfall', priority: 3, className: 'wfc', cell: (frame) => <WaterfallBar axis={axis} frame={frame} /> },
  ];
}

/** The bracket along the chosen exchange: it begins (`pa`), goes on (`pm`) and ends (`pb`), with a dot (`pn`) where the chosen frame is. */
function bracketAt(place: number, kin: readonly number[], selected: string): string {
  const first = kin[0];
  const last = kin.at(-1);
  if (first === undefined || last === undefined || first === last || place < first || place > last) return '';
  const part = place === first ? 'pa' : place === last ? 'pb' : kin.includes(place) ? 'pm pk' : 'pm';
  return String(place) === selected ? `${part} pn` : part;
}
