import type { ReactNode } from 'react';
import { formatAge, formatBytes, formatCount, formatWhen, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useReportDrop } from '../../components/use-report-drop.ts';
import { useInspector, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { AuditLog } from './audit-log.tsx';
import { replayColumns } from './replay-columns.tsx';

interface File {
  readonly file: string;
  readonly kind: 'report' | 'recording';
  readonly bytes: number;
  readonly at: number;
  readonly events: number | null;
  readonly clientId: string;
}

/** Reports that came in, recordings that the hub keeps, and contexts against the server. */
export function ReplayPanel(): ReactNode {
  const inspector = useInspector();
  const { fields, selected } = useView();
  const contexts = useShownContexts();
  const hub = useStore(inspector.hub.state);
  const tab = fields['replay'] ?? 'reports';
  const { over, drop } = useReportDrop();
  const refused = useRefusal('Context.replay');
  const rpc = inspector.hub.rpc;
  const open = hub.state === 'open' && rpc !== null;
  const files = useAnswer(`files ${open}`, !open ? null : async (): Promise<readonly File[]> => {
    const [{ reports }, { recordings }] = await Promise.all([rpc.call('Hub.reports', {}), rpc.call('Hub.recordings', {})]);
    return [
      ...reports.map(({ file, bytes, receivedAt }): File => ({ file, kind: 'report', bytes, at: receivedAt, events: null, clientId: '' })),
      ...recordings.map(({ file, bytes, events, lastAt, clientId }): File => ({ file, kind: 'recording', bytes, at: lastAt ?? 0, events, clientId })),
    ];
  });
  const load = async (file: File): Promise<void> => {
    const name = file.file.split('/').at(-1) ?? file.file;
    try {
      const content = await inspector.host.loadRecording?.(`${file.kind === 'report' ? 'reports' : 'recordings'}/${encodeURIComponent(name)}`);
      if (content !== undefined) await inspector.openFile(name, new Blob([content]));
    } catch (thrown) {
      inspector.toast({ icon: 'alert', tone: 'c-error', title: `${name} could not be opened`, text: thrown instanceof Error ? thrown.message : String(thrown), alert: true }, 0);
    }
  };
  usePanelKeys({ R: files.again });
  const columns: readonly Column<File>[] = [
    { id: 'name', header: 'Name', sort: ({ file }) => file, cell: ({ file }) => <><Icon name="file" className="t2" /><b><Name text={file.split('/').at(-1) ?? file} most={100} /></b></> },
    { id: 'at', header: 'Last', priority: 2, width: 190, sort: ({ at }) => at, cell: ({ at }) => <span className="t2">{at === 0 ? '–' : `${formatWhen(at, Date.now())}, ${formatAge(Date.now() - at)} ago`}</span> },
    { id: 'client', header: 'Client', priority: 3, width: 220, className: 'mono', cell: ({ clientId }) => <Name text={clientId || '–'} most={60} className="t2" /> },
    { id: 'events', header: 'Events', priority: 2, numeric: true, width: 84, sort: ({ events }) => events ?? 0, cell: ({ events }) => (events === null ? <span className="t3">–</span> : formatCount(events)) },
    { id: 'bytes', header: 'Size', numeric: true, width: 80, sort: ({ bytes }) => bytes, cell: ({ bytes }) => formatBytes(bytes) },
    { id: 'open', header: '', name: 'Action', width: 84, cell: (file) => <Button label="Open" off={inspector.host.loadRecording === undefined ? 'This shell cannot load files of the hub' : null} onPress={() => void load(file)} /> },
  ];
  const group = (rows: readonly File[]): readonly ({ row: File } | { group: ReactNode; key: string })[] =>
    (['report', 'recording'] as const).flatMap((kind) => {
      const inside = rows.filter((file) => file.kind === kind);
      if (inside.length === 0) return [];
      return [{ key: kind, group: <><b>{kind === 'report' ? 'Inbox' : 'Recordings of this hub'}</b> {kind === 'report' ? 'sent to this hub' : 'one per client'} {inside.length}</> }, ...inside.map((row) => ({ row }))];
    });
  return (
    <>
      <div className="bar rp-top">
        <div className="subtabs" role="tablist" aria-label="Replay">
          <button type="button" role="tab" aria-selected={tab === 'reports'} tabIndex={tab === 'reports' ? 0 : -1} onClick={() => inspector.setField('replay', 'reports')}>
            Reports {files.value === null ? null : <span className="t3 num">{files.value.length}</span>}
          </button>
          <button type="button" role="tab" aria-selected={tab === 'server'} tabIndex={tab === 'server' ? 0 : -1} onClick={() => inspector.setField('replay', 'server')}>
            Replay from server
          </button>
          <button type="button" role="tab" aria-selected={tab === 'audit'} tabIndex={tab === 'audit' ? 0 : -1} onClick={() => inspector.setField('replay', 'audit')}>
            Audit log
          </button>
        </div>
        <span className="grow" />
        <Button icon="upload" label="Open a report…" kbd={modKey('O')} onPress={() => void inspector.openRecording()} />
        <Button className="p2" icon="download" label="Save the recording" kbd={modKey('E')} onPress={() => void inspector.saveRecording()} />
      </div>
      {tab === 'audit' ? (
        <AuditLog />
      ) : tab === 'server' ? (
        contexts.length === 0 ? (
          <Empty icon="replay" title="No context to compare">A comparison asks the server for what this device should hold.</Empty>
        ) : (
          <Grid label="Contexts to replay" columns={replayColumns(refused, (contextId) => inspector.dialog.set({ kind: 'replay', contextId }))} rows={contexts} idOf={({ contextId }) => contextId} selected={selected} onSelect={({ contextId }) => inspector.show({ selected: contextId })} onOpen={({ contextId }) => refused === null && inspector.dialog.set({ kind: 'replay', contextId })} />
        )
      ) : (
        <>
          {!open || (files.value?.length ?? 0) === 0 ? (
            <Empty icon={files.error === null ? 'file' : 'ev-error'} tone={files.error === null ? 't2' : 'c-error'} title={files.loading && open ? 'Reading the list' : files.error === null ? 'No reports yet' : 'The hub gave no list'}>
              {files.error ?? (open ? 'A report that an app sends to this hub appears here; one that a user sent can be dropped below.' : 'The hub is not reachable. A report from a file can be opened all the same.')}
            </Empty>
          ) : (
            <Grid label="Reports and recordings" columns={columns} rows={files.value ?? []} idOf={({ file, kind }) => `${kind} ${file}`} selected={null} onSelect={() => undefined} onOpen={(file) => void load(file)} group={group} initialSort={[{ id: 'at', desc: true }]} />
          )}
          <div
            className={`rp-drop2 ${over ? 'is-over' : ''}`}
            {...drop}
          >
            <Icon name="upload" className="t2" />
            <b>Drop a .ctxscope file here</b>
            <span className="t2">Size, schema and version are checked first. Nothing in a file can run.</span>
            <span className="grow" />
            <span className="t3">{files.value === null ? '' : plural(files.value.length, 'file')}</span>
          </div>
        </>
      )}
    </>
  );
}
