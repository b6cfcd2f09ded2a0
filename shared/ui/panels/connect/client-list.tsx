import type { ReactNode } from 'react';
import type { TargetInfo } from '../../../protocol/debug/index.ts';
import { formatAge, formatBytes, formatSecond } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column, type GridItem } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { TYPE_ICONS } from '../../frame/top-bar.tsx';
import { useInspector, type Inspector } from '../../state/inspector.ts';

const isLocal = (target: TargetInfo): boolean => /^(?:127\.|::1|localhost|loopback|::ffff:127\.)/.test(target.remote);

const GROUPS: readonly { readonly title: string; readonly note: string; readonly holds: (target: TargetInfo) => boolean }[] = [
  { title: 'On this machine', note: 'no code needed', holds: (target) => target.connected && isLocal(target) },
  { title: 'On the network', note: 'paired once with a code', holds: (target) => target.connected && !isLocal(target) },
  { title: 'Gone, recording kept', note: 'opens read-only', holds: (target) => !target.connected },
];

export function ClientList({ targets, chosen, onChoose }: { targets: readonly TargetInfo[]; chosen: string | null; onChoose: (clientId: string) => void }): ReactNode {
  const inspector = useInspector();
  const columns = columnsOf(inspector);
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
    />
  );
}

function columnsOf(inspector: Inspector): readonly Column<TargetInfo>[] {
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
    { id: 'since', header: 'Since', priority: 3, width: 90, className: 'mono', cell: ({ client, connected, lastSeenAt }) => <span className="mono t2">{connected ? formatSecond(client.startedAt) : `to ${formatSecond(lastSeenAt)}`}</span> },
    {
      id: 'state',
      header: 'State',
      width: 150,
      cell: (target) =>
        target.connected ? (
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
    {
      id: 'attach',
      header: '',
      name: 'Action',
      width: 90,
      cell: ({ client, connected }) => <Button label={connected ? 'Attach' : 'Open'} className={connected ? 'primary' : ''} onPress={() => inspector.attach(client.clientId)} />,
    },
  ];
}
