import type { ReactNode } from 'react';
import type { GridItem } from '../../components/grid.tsx';
import { Tick } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { formatAge, formatBytes, plural, shorten } from '../../../views/format.ts';
import { bytesOf, type Line } from './registry-columns.tsx';

export type Grouping = 'endpoint' | 'kind' | 'none';
export const FILES = 'Files without a row';
/** An id of a server that is longer says nothing to a person. */
const LONG_NAME = 20;

interface GroupPorts {
  readonly now: number;
  readonly ticked: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly onTick: (ids: readonly string[], on: boolean) => void;
  readonly onFold: (group: string) => void;
}

/** Rows under the name of their endpoint or kind, each with its sums; files that no row points to last. */
export function groupedRows(lines: readonly Line[], grouping: Grouping, ports: GroupPorts): readonly GridItem<Line>[] {
  if (grouping === 'none') return lines.map((row) => ({ row }));
  const nameOf = (line: Line): string => (line.context === null ? FILES : grouping === 'kind' ? line.context.row.kind : line.context.row.endpoint);
  const names = [...new Set(lines.map(nameOf))].toSorted((a, b) => Number(a === FILES) - Number(b === FILES));
  return names.flatMap((name) => {
    const inside = lines.filter((line) => nameOf(line) === name);
    const head = <GroupHead name={name} lines={inside} byEndpoint={grouping === 'endpoint' && name !== FILES} ports={ports} />;
    return [{ group: head, key: name }, ...(ports.closed.has(name) ? [] : inside.map((row) => ({ row })))];
  });
}

function GroupHead({ name, lines, byEndpoint, ports }: { name: string; lines: readonly Line[]; byEndpoint: boolean; ports: GroupPorts }): ReactNode {
  const { now, ticked, closed, onTick, onFold } = ports;
  const contexts = lines.flatMap(({ context }) => context ?? []);
  const ids = contexts.map(({ contextId }) => contextId);
  const on = ids.filter((id) => ticked.has(id)).length;
  const isOpen = contexts.some(({ status }) => status.connection !== undefined && status.connection !== 'offline');
  const synced = Math.max(0, ...contexts.map(({ row }) => row.lastSyncedAt ?? 0));
  const server = contexts[0]?.row.serverId ?? '';
  const folded = closed.has(name);
  return (
    <span className="rg-g">
      {ids.length === 0 ? null : <Tick label={`Select ${byEndpoint ? 'all of this endpoint' : `all of ${name}`}`} state={on === 0 ? 'off' : on === ids.length ? 'on' : 'some'} onPress={() => onTick(ids, on < ids.length)} />}
      <button type="button" className="rg-fold" aria-expanded={!folded} onClick={() => onFold(name)}>
        <Icon name={folded ? 'chev-right' : 'chev-down'} />
        <b>
          <Name text={byEndpoint ? (server.length > LONG_NAME ? shorten(server, 6) : server) : name} most={60} />
        </b>
      </button>
      {byEndpoint ? (
        <span className="mono p2" title={server.slice(0, 200)}>
          <Name text={name} most={120} />
        </span>
      ) : null}
      <span>{plural(lines.length, name === FILES ? 'file' : 'context')}</span>
      <span>{formatBytes(lines.reduce((sum, line) => sum + bytesOf(line), 0))}</span>
      {byEndpoint ? <span className="p3">{isOpen ? <span className="c-active">connected</span> : 'no socket'}</span> : null}
      {byEndpoint && synced > 0 ? <span className="p4">last synced {formatAge(now - synced)} ago</span> : null}
    </span>
  );
}
