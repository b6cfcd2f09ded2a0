import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatBytes, formatCount } from '../../../views/format.ts';
import type { Column } from '../../components/grid.tsx';
import { Tick } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name, StateIcon } from '../../components/parts.tsx';
import type { ResultOf } from '../../../protocol/debug/index.ts';

export type Finding = ResultOf<'Registry.check'>['findings'][number];

/** A line of the registry: a row with what was found about it, or a file that no row points to. */
export type Line = { readonly id: string; readonly context: ContextNow; readonly finding: Finding | null } | { readonly id: string; readonly context: null; readonly finding: Finding };

const CHECK_WORDS: { readonly [check in Finding['check']]: { readonly text: string; readonly tone: string } } = {
  agrees: { text: 'agrees', tone: 'c-ok' },
  'file-missing': { text: 'file missing', tone: 'c-error' },
  unreadable: { text: 'file damaged', tone: 'c-error' },
  'unknown-file': { text: 'unknown file', tone: 'c-pending' },
  'role-differs': { text: 'role differs', tone: 'c-conflict' },
  'version-differs': { text: 'version differs', tone: 'c-conflict' },
  unlisted: { text: 'unlisted', tone: 'c-error' },
  revoked: { text: 'revoked', tone: 'c-error' },
  'not-compared': { text: 'not compared', tone: 't3' },
  'server-unreachable': { text: 'server unreachable', tone: 'c-pending' },
};

export const isFinding = (finding: Finding | null): boolean => finding !== null && !['agrees', 'not-compared', 'server-unreachable'].includes(finding.check);
export const checkWord = (finding: Finding): { readonly text: string; readonly tone: string } => CHECK_WORDS[finding.check];

export function Check({ finding }: { finding: Finding | null }): ReactNode {
  if (finding === null) return <span className="t3">not checked</span>;
  const { text, tone } = CHECK_WORDS[finding.check];
  if (finding.check === 'agrees' || finding.check === 'not-compared') {
    return (
      <span className="t2" title={finding.check === 'agrees' ? undefined : 'Row and disk; the server was not asked'}>
        <Icon name="check" className="c-ok" />
        {finding.check === 'agrees' ? text : 'agrees with disk'}
      </span>
    );
  }
  return (
    <span className={`rg-find ${tone}`} title={finding.message.slice(0, 300)}>
      <Icon name="alert" />
      {text}
      {finding.check === 'role-differs' && finding.server !== undefined ? `: ${finding.server.role}` : ''}
    </span>
  );
}

const none = <span className="t3">–</span>;
const ago = (at: number | null, now: number): string => (at === null ? '–' : `${formatAge(now - at)} ago`);
const toneOf = (context: ContextNow): string => (context.state === 'dormant' || context.state === 'pruned' || context.state === 'error' ? 't2' : `c-${context.state}`);

export function registryColumns(now: number, appSchema: number, ticked: ReadonlySet<string>, all: 'on' | 'off' | 'some', onTick: (id: string, shift: boolean) => void, onAll: () => void): readonly Column<Line>[] {
  const row = (line: Line): ContextNow['row'] | null => line.context?.row ?? null;
  return [
    {
      id: 'tick',
      header: <Tick label="Select all shown" state={all} onPress={onAll} />,
      name: 'Selected',
      className: 'gut',
      width: 26,
      cell: (line) => (line.context === null ? null : <Tick label={`Select ${line.id.slice(0, 60)}`} state={ticked.has(line.id) ? 'on' : 'off'} onPress={(shift) => onTick(line.id, shift)} />),
    },
    {
      id: 'context',
      header: 'Context',
      title: 'contextId',
      className: 'rg-w2',
      width: 120,
      sort: (line) => line.id,
      cellTitle: (line) => line.context?.title.slice(0, 200),
      cell: (line) =>
        line.context === null ? (
          <span className="t2">
            <Icon name="file" />
            {line.finding.contextId ?? 'no row'}
          </span>
        ) : (
          <>
            <StateIcon state={line.context.state} />
            <b>
              <Name text={line.id} most={80} />
            </b>
          </>
        ),
    },
    { id: 'check', header: 'Registry, disk, server', title: 'Does the row agree with the files and with the server', className: 'rg-w3', width: 176, sort: (line) => line.finding?.check ?? '', cell: (line) => <Check finding={line.finding} /> },
    { id: 'role', header: 'Role', title: 'role', priority: 2, width: 72, sort: (line) => row(line)?.role ?? '', cell: (line) => row(line)?.role ?? none },
    { id: 'lifecycle', header: 'Lifecycle', title: 'lifecycle', className: 'rg-p15', width: 96, sort: (line) => row(line)?.lifecycle ?? '', cell: (line) => (line.context === null ? <span className="t3">no row</span> : <span className={toneOf(line.context)}>{line.context.status.lifecycle}</span>) },
    { id: 'partition', header: 'Partition', title: 'partition.file', priority: 3, width: 140, className: 'mono', cell: (line) => (line.context === null ? (line.finding.file ?? none) : line.context.row.partition.present ? <span className="t2">{line.context.row.partition.file ?? line.finding?.disk?.file ?? `generation ${line.context.row.partition.generation}`}</span> : <span className="t3">absent</span>) },
    { id: 'bytes', header: 'Bytes', title: 'partition.bytes', numeric: true, width: 72, sort: (line) => bytesOf(line), cellClass: (line) => (bytesOf(line) === 0 ? 'zero' : ''), cell: (line) => formatBytes(bytesOf(line)) },
    { id: 'schema', header: 'Schema', title: 'schemaVersion', priority: 4, numeric: true, width: 62, sort: (line) => row(line)?.schemaVersion ?? 0, cellClass: (line) => ((row(line)?.schemaVersion ?? appSchema) < appSchema && row(line)?.partition.present === true ? 'c-migration' : ''), cell: (line) => (line.context === null ? (line.finding.disk?.schemaVersion ?? none) : line.context.row.partition.present ? line.context.row.schemaVersion : none) },
    { id: 'local', header: 'Local', title: 'localVersion', priority: 3, numeric: true, width: 56, sort: (line) => row(line)?.localVersion ?? 0, cell: (line) => (row(line)?.partition.present === true ? formatCount(row(line)?.localVersion ?? 0) : none) },
    { id: 'server', header: 'Server', title: 'serverVersion, as of the last WELCOME or DELTA', priority: 3, numeric: true, width: 58, sort: (line) => row(line)?.serverVersion ?? 0, cell: (line) => (line.context === null ? none : formatCount(line.context.row.serverVersion)) },
    { id: 'pending', header: 'Pending', title: 'pendingWrites', priority: 2, numeric: true, width: 64, sort: (line) => line.context?.pending ?? 0, cellClass: (line) => ((line.context?.pending ?? 0) > 0 ? 'c-pending' : 'zero'), cell: (line) => (line.context === null ? '?' : line.context.row.kind === 'ambient' ? none : formatCount(line.context.pending)) },
    { id: 'access', header: 'Last access', title: 'lastAccessAt', priority: 4, width: 84, sort: (line) => row(line)?.lastAccessAt ?? 0, cell: (line) => <span className="t2">{line.context === null ? '–' : line.context.row.kind === 'ambient' ? 'always' : line.context.status.lifecycle !== 'dormant' ? 'now' : ago(line.context.row.lastAccessAt, now)}</span> },
    { id: 'synced', header: 'Last synced', title: 'lastSyncedAt', priority: 4, width: 86, sort: (line) => row(line)?.lastSyncedAt ?? 0, cell: (line) => <span className="t2">{ago(row(line)?.lastSyncedAt ?? null, now)}</span> },
    { id: 'error', header: 'Last error', title: 'lastError', priority: 4, cellClass: (line) => (row(line)?.lastError === null || line.context === null ? 'zero' : 'c-error'), cell: (line) => (line.context?.row.lastError === null || line.context === null ? '–' : <Name text={line.context.row.lastError.message} most={120} />) },
  ];
}

export const bytesOf = (line: Line): number => (line.context === null ? (line.finding.disk?.bytes ?? 0) : line.context.row.partition.present ? line.context.row.partition.bytes : 0);
