import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { formatAge, formatBytes, formatCount } from '../../../views/format.ts';
import { laneOf } from '../../../views/lane.ts';
import type { Column } from '../../components/grid.tsx';
import { Behind, Name, Progress, StateIcon, Track } from '../../components/parts.tsx';

const HISTORY_MS = 480_000;
const none = <span className="t3">–</span>;

export function contextColumns(index: EventIndex, now: number, appSchema: number): readonly Column<ContextNow>[] {
  return [
    {
      id: 'context',
      header: 'Context',
      className: 'w-ctx',
      sort: ({ contextId }) => contextId,
      cellTitle: ({ contextId, title }) => `${contextId.slice(0, 200)} ${title.slice(0, 200)}`,
      cell: ({ contextId, title, state }) => (
        <>
          <StateIcon state={state} />
          <b>
            <Name text={contextId} most={80} />
          </b>{' '}
          <span className="t2 p3">
            <Name text={title} most={80} />
          </span>
        </>
      ),
    },
    { id: 'state', header: 'State', width: 170, className: 'w-state', sort: ({ state }) => state, cell: ({ state, status, row }) => <Track state={state} age={status.since > 0 ? now - status.since : null} {...(state === 'pruned' && row.lastAccessAt === null ? { word: 'not fetched' } : {})} /> },
    { id: 'history', header: 'Last 8 min', priority: 4, width: 80, cell: (context) => <History index={index} context={context} now={now} /> },
    { id: 'doing', header: 'Doing now', priority: 2, width: 164, cellClass: (context) => (context.state === 'error' ? 'c-error' : ''), cell: (context) => <Doing context={context} /> },
    { id: 'connection', header: 'Connection', priority: 3, width: 90, sort: ({ status }) => status.connection ?? '', cell: ({ status }) => <Connection name={status.connection} /> },
    { id: 'local', header: 'Local', priority: 2, numeric: true, width: 56, sort: ({ row }) => row.localVersion, cell: ({ row }) => (row.partition.present ? formatCount(row.localVersion) : none) },
    { id: 'server', header: 'Server', priority: 2, numeric: true, width: 58, sort: ({ row }) => row.serverVersion, cell: ({ row }) => formatCount(row.serverVersion) },
    { id: 'behind', header: 'Behind', numeric: true, width: 68, sort: ({ behind }) => behind, cellClass: ({ behind }) => (behind > 0 ? 'c-remote' : 'zero'), cell: ({ behind, row }) => (row.partition.present ? <Behind behind={behind} /> : none) },
    { id: 'pending', header: 'Pending', numeric: true, width: 66, sort: ({ pending }) => pending, cellClass: ({ pending }) => (pending > 0 ? 'c-pending' : 'zero'), cell: ({ pending, row }) => (row.kind === 'ambient' ? none : formatCount(pending)) },
    { id: 'conflicts', header: 'Conflicts', priority: 3, numeric: true, width: 76, sort: ({ status }) => status.conflicts, cellClass: ({ status }) => (status.openConflicts > 0 ? 'c-conflict' : status.conflicts === 0 ? 'zero' : ''), cell: ({ status, row }) => (row.kind === 'ambient' ? none : formatCount(status.conflicts)) },
    { id: 'bytes', header: 'Bytes', priority: 3, numeric: true, width: 74, sort: ({ row }) => (row.partition.present ? row.partition.bytes : 0), cellClass: ({ row }) => (row.partition.present ? '' : 'zero'), cell: ({ row }) => formatBytes(row.partition.present ? row.partition.bytes : 0) },
    { id: 'schema', header: 'Schema', priority: 4, width: 62, sort: ({ row }) => row.schemaVersion, cellClass: ({ row, state }) => (!row.partition.present || row.schemaVersion >= appSchema ? 'zero' : state === 'error' ? 'c-error' : 'c-migration'), cell: ({ row }) => (!row.partition.present ? none : row.schemaVersion < appSchema ? `${row.schemaVersion} → ${appSchema}` : row.schemaVersion) },
    { id: 'access', header: 'Access', priority: 3, width: 64, sort: ({ row }) => row.lastAccessAt ?? 0, cell: ({ row, status }) => <span className="t2">{row.kind === 'ambient' ? 'always' : status.lifecycle !== 'dormant' ? 'now' : row.lastAccessAt === null ? 'never' : formatAge(now - row.lastAccessAt)}</span> },
  ];
}

export function Connection({ name }: { name: string | undefined }): ReactNode {
  if (name === undefined) return none;
  const tone = { live: 'c-active', 'catching-up': 'c-remote', connecting: 'c-activating', offline: 'c-pending' }[name] ?? 't2';
  return <span className={tone}>{name}</span>;
}

export function Doing({ context }: { context: ContextNow }): ReactNode {
  const { status, state, row } = context;
  if (status.doing !== undefined) {
    const { text, done, total, phase } = status.doing;
    const tone = phase === 'catch-up' ? 'c-remote' : state === 'deactivating' ? 'c-deactivating' : 'c-activating';
    return (
      <>
        {done !== undefined && total !== undefined ? <Progress done={done} total={total} tone={tone} /> : null}
        {text.slice(0, 100)}
      </>
    );
  }
  if (state === 'error') return row.lastError?.message.slice(0, 120) ?? 'failed';
  if (status.lifecycle !== 'active') return none;
  if (status.connection === 'offline') return <span className="t2">Offline, writes wait</span>;
  return <span className="t2">{row.kind === 'ambient' ? 'Idle, subscribed' : context.behind === 0 ? 'Idle, at head' : `${formatCount(context.behind)} to come`}</span>;
}

function History({ index, context, now }: { index: EventIndex; context: ContextNow; now: number }): ReactNode {
  const track = index.tracks.get(context.contextId);
  if (track === undefined) return null;
  const from = now - HISTORY_MS;
  const percent = (at: number): number => (100 * (at - from)) / HISTORY_MS;
  const { bands } = laneOf(index, track, from, now, 80);
  return (
    <span className="hist" role="img" aria-label="Lifecycle of the last 8 minutes">
      {bands.map((band) => (
        <i key={`${band.from} ${band.state}`} className={`s-${band.state === 'active' && context.row.kind === 'ambient' ? 'ambient' : band.state}`} style={{ left: `${percent(band.from)}%`, width: `${percent(band.to) - percent(band.from)}%` }} />
      ))}
    </span>
  );
}
