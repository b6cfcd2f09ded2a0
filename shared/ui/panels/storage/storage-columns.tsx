import type { ReactNode } from 'react';
import type { Fetch } from '../../../views/fetches.ts';
import { formatAge, formatBytes, formatMs } from '../../../views/format.ts';
import type { Fate, StorageLine } from '../../../views/storage-plan.ts';
import { Tick } from '../../components/controls.tsx';
import type { Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name, StateIcon } from '../../components/parts.tsx';
import { axis } from './axis.ts';
import { LimitDrag } from './limit-drag.tsx';

export const FATE_TONES: { readonly [fate in Fate]: string } = { goes: 'c-prune', blocked: 'c-pending', kept: 'c-active', empty: 't3' };
const WORDS: { readonly [fate in Fate]: string } = { goes: 'Goes', blocked: 'Blocked', kept: 'Kept', empty: 'No data' };
const DAY_MS = 86_400_000;
const none = <span className="t3">–</span>;

interface ColumnPorts {
  readonly limit: number;
  readonly all: 'on' | 'off' | 'some';
  readonly isOn: (line: StorageLine) => boolean;
  readonly fetches: ReadonlyMap<string, Fetch>;
  /** What the client's own dry run refused, and why. */
  readonly refused: ReadonlyMap<string, string>;
  readonly onTick: (contextId: string) => void;
  readonly onAll: () => void;
  readonly onLimit: (days: number) => void;
}

export const canGo = ({ fate }: StorageLine): boolean => fate === 'goes' || fate === 'blocked';

export function storageColumns({ limit, all, isOn, fetches, refused, onTick, onAll, onLimit }: ColumnPorts): readonly Column<StorageLine>[] {
  const most = (lines: StorageLine): number => lines.bytes;
  return [
    { id: 'tick', header: <Tick label="All that can go" state={all} onPress={onAll} />, name: 'Pruned', className: 'gut', width: 26, cell: (line) => (canGo(line) ? <Tick label={`Prune ${line.context.contextId.slice(0, 60)}`} state={isOn(line) ? 'on' : 'off'} onPress={() => onTick(line.context.contextId)} /> : null) },
    { id: 'context', header: 'Context', className: 'w-ctx', sort: ({ context: { contextId } }) => contextId, cell: ({ context: { contextId, title, state } }) => <><StateIcon state={state} /><b><Name text={contextId} most={80} /></b> <span className="t2 p4"><Name text={title} most={80} /></span></> },
    { id: 'bytes', header: 'Bytes', numeric: true, width: 76, sort: most, cellClass: ({ bytes }) => (bytes === 0 ? 'zero' : ''), cell: ({ bytes }) => formatBytes(bytes) },
    { id: 'size', header: 'Size', priority: 3, width: 128, cell: ({ bytes, share, fate, context }) => (bytes === 0 ? null : <span className={`so-bar ${context.row.kind === 'ambient' ? 'c-ambient' : FATE_TONES[fate]}`}><i style={{ width: `${share * 100}%` }} /></span>) },
    { id: 'axis', header: <Axis limit={limit} onLimit={onLimit} />, name: 'Days without access', priority: 2, className: 'so-axc', cell: ({ days, fate, context }) => <Idle days={days} tone={context.row.kind === 'ambient' ? 'c-ambient' : FATE_TONES[fate]} limit={limit} never={context.row.lastAccessAt === null} /> },
    { id: 'idle', header: 'Unused', numeric: true, width: 70, sort: ({ days }) => days ?? -1, cell: ({ days, context: { row } }) => <span className={days === null ? 't2' : ''}>{row.kind === 'ambient' ? 'always' : days === null ? 'now' : Number.isFinite(days) ? formatAge(days * DAY_MS) : 'never'}</span> },
    { id: 'fate', header: 'What the rule does', className: 'so-wf', width: 220, sort: ({ fate }) => fate, cell: (line) => <FateCell line={line} refused={refused.get(line.context.contextId)} /> },
    { id: 'frees', header: 'Frees', priority: 2, numeric: true, width: 76, sort: (line) => (isOn(line) ? line.bytes : 0), cellClass: (line) => (canGo(line) && isOn(line) ? '' : 'zero'), cell: (line) => formatBytes(canGo(line) && isOn(line) ? line.bytes : 0) },
    { id: 'return', header: 'To return', title: 'Bytes over the wire, the last time it came from the server', priority: 3, numeric: true, width: 76, sort: ({ context }) => fetches.get(context.contextId)?.bytes ?? -1, cell: ({ context }) => formatFetch(fetches.get(context.contextId), ({ bytes }) => formatBytes(bytes)) },
    { id: 'took', header: 'Last took', title: 'Download and taking it in, the last time', priority: 4, numeric: true, width: 76, sort: ({ context }) => fetches.get(context.contextId)?.durationMs ?? -1, cell: ({ context }) => formatFetch(fetches.get(context.contextId), ({ durationMs }) => formatMs(durationMs)) },
  ];
}

const formatFetch = (fetch: Fetch | undefined, format: (fetch: Fetch) => string): ReactNode => (fetch === undefined ? none : format(fetch));

function FateCell({ line: { fate, why, context }, refused }: { line: StorageLine; refused: string | undefined }): ReactNode {
  if (refused !== undefined && fate !== 'kept') {
    return (
      <span title={refused}>
        <span className="c-pending">Refused</span>
        <span className="t2 p2">, {refused.slice(0, 120)}</span>
      </span>
    );
  }
  return (
    <>
      <span className={context.row.kind === 'ambient' ? 'c-ambient' : FATE_TONES[fate]}>{WORDS[fate]}</span>
      <span className="t2 p2">, {why}</span>
      {fate === 'goes' && context.row.listed !== 'yes' ? <Icon name="alert" className="c-error" label="It is not listed by its server: it may not come back" /> : null}
    </>
  );
}

const TICKS = [1, 3, 7, 14, 30, 60, 120];

function Axis({ limit, onLimit }: { limit: number; onLimit: (days: number) => void }): ReactNode {
  const shown = TICKS.includes(limit) ? TICKS : [...TICKS.filter((tick) => Math.abs(axis(tick) - axis(limit)) > 9), limit];
  return (
    <LimitDrag className="so-ticks2" onLimit={onLimit} title="Days without access; drag the limit">
      {shown.map((tick) => (
        <span key={tick} className={tick === limit ? 'on' : ''} style={{ left: `${axis(tick)}%` }}>
          {tick === 1 ? '1 d' : tick}
        </span>
      ))}
    </LimitDrag>
  );
}

function Idle({ days, tone, limit, never }: { days: number | null; tone: string; limit: number; never: boolean }): ReactNode {
  const at = days === null ? 0 : axis(days);
  return (
    <span className="so-ax2" role="img" aria-label={days === null ? 'in use' : never ? 'never used' : `${Math.round(Math.min(days, 9_999))} days`}>
      <i className="so-past" style={{ left: `${axis(limit)}%` }} />
      {days === null || never ? null : <i className={`so-ln ${tone}`} style={{ width: `${at}%` }} />}
      {never ? null : <i className={`so-pt2 ${tone}`} style={{ left: `${at}%` }} />}
    </span>
  );
}
