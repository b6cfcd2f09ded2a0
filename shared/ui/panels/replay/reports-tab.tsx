import { useState, type ReactNode } from 'react';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatAge, formatBytes, formatCount, formatWhen, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column, type GridItem } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useReportDrop } from '../../components/use-report-drop.ts';
import { useInspector, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { FileDetail } from './file-detail.tsx';
import { tellNoTest } from './make-test.tsx';
import { OpenedRecording } from './opened-recording.tsx';
import { fileKey, openHubFile, type HubFile, type useFiles } from './use-files.ts';

/** Reports that came in, recordings that the hub keeps, and the one that is open. */
export function ReportsTab({ list }: { list: ReturnType<typeof useFiles> }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const client = useStore(inspector.session.client);
  const { over, drop } = useReportDrop();
  const [selected, setSelected] = useState<string | null>(null);
  const { files, error, loading, isOpen, again } = list;
  const text = fields['replay.filter'] ?? '';
  const terms = parseFilter(text);
  const all = files ?? [];
  const shown = all.filter((file) => matches(terms, (key) => ({ client: file.clientId, device: file.clientId, kind: file.kind, events: file.events ?? undefined, name: file.name })[key], `${file.name} ${file.clientId}`));
  const current = all.find((file) => fileKey(file) === selected);
  const step = (by: number): void => {
    const here = shown.findIndex((file) => fileKey(file) === selected);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    if (next !== undefined) setSelected(fileKey(next));
  };
  usePanelKeys({
    R: again,
    J: () => step(1),
    K: () => step(-1),
    M: () => tellNoTest(inspector),
    C: () => void inspector.copy(JSON.stringify(current ?? shown, null, 2), current === undefined ? 'The list' : 'The file'),
    ...(current === undefined ? {} : { Escape: () => setSelected(null) }),
  });
  const off = inspector.host.loadRecording === undefined ? 'This shell cannot load files of the hub' : null;
  const close = (): void => setSelected(null);
  return (
    <>
      <Split name="replay" below={client.state === 'recorded' ? 330 : 190} detail={current !== undefined ? <FileDetail key={fileKey(current)} file={current} off={off} onClose={close} /> : client.state === 'recorded' ? <OpenedRecording key={client.name} name={client.name} /> : null}>
        {!isOpen || (all.length === 0 && !loading) ? (
          <Empty icon={error === null ? 'file' : 'ev-error'} tone={error === null ? 't2' : 'c-error'} title={error !== null ? 'The hub gave no list' : isOpen ? 'No reports yet' : 'The hub is not reachable'} actions={error === null ? undefined : <Button icon="replay" label="Read again" kbd="R" onPress={again} />}>
            {error ?? (isOpen ? 'A report that an app sends to this hub appears here; one that a user sent can be dropped below.' : 'A report from a file can be opened all the same.')}
          </Empty>
        ) : shown.length === 0 && !loading ? (
          <Empty icon="filter" title="No file matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => inspector.setField('replay.filter', '')} />}>
            {plural(all.length, 'file')} without the filter.
          </Empty>
        ) : (
          <Grid label="Reports and recordings" columns={columnsOf(off, (file) => void openHubFile(inspector, file), client.state === 'recorded' ? client.name : null)} rows={shown} idOf={fileKey} selected={selected} loading={loading} onSelect={(file) => setSelected(fileKey(file))} onOpen={(file) => off === null && void openHubFile(inspector, file)} group={grouped} initialSort={NEWEST} />
        )}
      </Split>
      <button type="button" className={`rp-drop2 ${over ? 'is-over' : ''}`} {...drop} onClick={() => void inspector.openRecording()}>
        <Icon name="upload" className="t2" />
        <b>Drop a .ctxscope file here</b>
        <span className="t2">or open one</span> <kbd>{modKey('O')}</kbd>
        <span className="grow" />
        <span className="t2 p3">Size, schema and version are checked first. Nothing in a file can run.</span>
      </button>
    </>
  );
}

const NEWEST = [{ id: 'at', desc: true }];
const none = <span className="t3">–</span>;

function grouped(rows: readonly HubFile[]): readonly GridItem<HubFile>[] {
  return (['report', 'recording'] as const).flatMap((kind) => {
    const inside = rows.filter((file) => file.kind === kind);
    if (inside.length === 0) return [];
    const group = (
      <>
        <b>{kind === 'report' ? 'Inbox' : 'Recordings of this hub'}</b> {kind === 'report' ? 'sent to this hub' : 'one per client'} {formatCount(inside.length)}
      </>
    );
    return [{ key: kind, group }, ...inside.map((row) => ({ row }))];
  });
}

const columnsOf = (off: string | null, onOpen: (file: HubFile) => void, opened: string | null): readonly Column<HubFile>[] => [
  {
    id: 'name',
    header: 'Name',
    sort: ({ name }) => name,
    cell: ({ name }) => (
      <>
        <Icon name="file" className="t2" />
        <b>
          <Name text={name} most={100} />
        </b>
        {name === opened ? <span className="tag tint-accent rp-open">open</span> : null}
      </>
    ),
  },
  { id: 'at', header: 'Last', priority: 2, width: 210, sort: ({ at }) => at, cell: ({ at }) => (at === 0 ? none : <span className="t2">{`${formatWhen(at, Date.now())}, ${formatAge(Date.now() - at)} ago`}</span>) },
  { id: 'client', header: 'Client', priority: 3, width: 220, className: 'mono', sort: ({ clientId }) => clientId, cell: ({ clientId }) => (clientId === '' ? none : <Name text={clientId} most={60} className="t2" />) },
  { id: 'events', header: 'Events', priority: 2, numeric: true, width: 84, sort: ({ events }) => events ?? 0, cell: ({ events }) => (events === null ? none : formatCount(events)) },
  { id: 'bytes', header: 'Size', numeric: true, width: 80, sort: ({ bytes }) => bytes, cell: ({ bytes }) => formatBytes(bytes) },
  { id: 'open', header: '', name: 'Action', width: 84, cell: (file) => <Button label="Open" off={off} onPress={() => onOpen(file)} /> },
];
