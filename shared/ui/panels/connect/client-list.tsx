import type { ReactNode } from 'react';
import type { TargetInfo } from '../../../protocol/debug/index.ts';
import { formatAge, formatBytes, formatSecond, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column, type GridItem } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { TYPE_ICONS } from '../../frame/top-bar.tsx';
import { isLocal } from '../../state/client-state.ts';
import { useInspector, type Inspector } from '../../state/inspector.ts';
import type { HubSession } from './use-sessions.ts';

const GROUPS: readonly { readonly title: string; readonly note: string; readonly holds: (target: TargetInfo) => boolean }[] = [
  { title: 'On this machine', note: 'no code needed', holds: (target) => target.connected && isLocal(target) },
  { title: 'On the network', note: 'paired once with a code', holds: (target) => target.connected && !isLocal(target) },
  { title: 'Gone, recording kept', note: 'opens read-only', holds: (target) => !target.connected },
];

export function ClientList({ targets, sessions, chosen, onChoose }: { targets: readonly TargetInfo[]; sessions: readonly HubSession[]; chosen: string | null; onChoose: (clientId: string) => void }): ReactNode {
  const inspector = useInspector();
  const columns = columnsOf(inspector, sessions);
  const group = (rows: readonly TargetInfo[]): readonly GridItem<TargetInfo>[] =>
    GROUPS.flatMap(({ title, note, holds }) => {
      const inside = rows.filter(holds);
      if (inside.length === 0) return [];
      const line = (
        <>
          <b>{title}</b> {note}
        </>
      );
      return [{ group: line, key: title }, ...inside.map((row) => ({ row }))];
    });
  return (
    <Grid
      label="Clients"
      className="cn-grid"
      columns={columns}
      rows={targets}
      idOf={({ client }) => client.clientId}
      selected={chosen}
      onSelect={({ client }) => onChoose(client.clientId)}
      onOpen={({ client }) => inspector.attach(client.clientId)}
      group={group}
      rowHeight={38}
      chooser={null}
    />
  );
}

function columnsOf(inspector: Inspector, sessions: readonly HubSession[]): readonly Column<TargetInfo>[] {
  const watchers = ({ client }: TargetInfo): number => sessions.filter(({ clientId }) => clientId === client.clientId).length;
  return [
    {
      id: 'client',
      header: 'Client',
      sort: ({ client }) => client.title,
      cell: ({ client }) => (
        <span className="cn-name">
          <Icon name={TYPE_ICONS[client.type] ?? 'tab'} />
          <span>
            <b>
              <Name text={client.title} most={80} />
            </b>
            <small>
              <Name text={client.platform} most={80} />
            </small>
          </span>
        </span>
      ),
    },
    { id: 'type', header: 'Type', priority: 3, width: 66, cell: ({ client }) => <span className="t2">{client.type}</span> },
    { id: 'app', header: 'App', priority: 2, width: 130, cell: ({ client }) => <Name text={client.app} most={60} /> },
    { id: 'device', header: 'Device', priority: 3, width: 140, cell: ({ client }) => <Name text={client.deviceId} most={60} /> },
    { id: 'user', header: 'User', priority: 4, width: 80, cell: ({ client }) => <Name text={client.userId ?? '–'} most={60} /> },
    { id: 'since', header: 'Since', priority: 3, width: 104, className: 'mono', cell: ({ client, connected, lastSeenAt }) => <span className="mono t2">{connected ? formatSecond(client.startedAt) : `to ${formatSecond(lastSeenAt)}`}</span> },
    {
      id: 'state',
      header: 'State',
      width: 150,
      cell: (target) =>
        target.connected && watchers(target) > 0 ? (
          <span className="t2">
            <Icon name="eye" />
            {plural(watchers(target), 'session')}
          </span>
        ) : target.connected ? (
          <span>
            <Icon name="lc-active" className="c-active" />
            Ready
          </span>
        ) : (
          <span className="t2">
            <Icon name="file" />
            Gone {formatAge(Date.now() - target.lastSeenAt)}, {formatBytes(target.recordingBytes)}
          </span>
        ),
    },
    { id: 'access', header: 'Access', priority: 2, width: 94, cell: (target) => <span className="t2">{!target.connected ? '–' : isLocal(target) ? 'loopback' : 'network'}</span> },
    {
      id: 'attach',
      header: '',
      name: 'Action',
      width: 90,
      cell: ({ client, connected }) => <Button label={connected ? 'Attach' : 'Open'} className={connected && client.clientId === inspector.hub.targets.get().find((target) => target.connected)?.client.clientId ? 'primary' : ''} onPress={() => inspector.attach(client.clientId)} />,
    },
  ];
}
