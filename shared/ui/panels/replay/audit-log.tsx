import type { ReactNode } from 'react';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { isJsonObject } from '../../../base/json.ts';
import { formatWhen } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';

type Entry = ResultOf<'Hub.audit'>['entries'][number];

const NEWEST = 1_000;
const LEFT_OUT = new Set(['commandId', 'contextId', 'contexts', 'dryRun']);

const contextsOf = ({ params }: Entry): string => {
  if (!isJsonObject(params)) return '';
  const { contextId, contexts } = params;
  return typeof contextId === 'string' ? contextId : Array.isArray(contexts) ? contexts.map(String).join(', ') : '';
};
const isDry = ({ params }: Entry): boolean => isJsonObject(params) && params['dryRun'] === true;
const restOf = ({ params }: Entry): string =>
  isJsonObject(params)
    ? Object.entries(params)
        .filter(([name]) => !LEFT_OUT.has(name))
        .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    : '';

/** What was done through this hub, by whom and with what outcome. */
export function AuditLog(): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const { rpc } = inspector.hub;
  const open = hub.state === 'open' && rpc !== null;
  const { value, error, loading, again } = useAnswer(`audit ${open}`, open ? () => rpc.call('Hub.audit', { limit: NEWEST }) : null);
  usePanelKeys({ R: again, C: () => void inspector.copy(JSON.stringify(value?.entries ?? [], null, 2), 'The audit log') });
  const entries = value?.entries ?? [];
  if (entries.length === 0) {
    return (
      <Empty icon={error === null ? 'lock' : 'ev-error'} tone={error === null ? 't2' : 'c-error'} title={loading && open ? 'Reading the audit log' : error === null ? 'Nothing was done yet' : 'The hub gave no audit log'} actions={<Button icon="replay" label="Read again" kbd="R" onPress={again} />}>
        {error ?? (open ? 'Every action that changes a client is written down here, with who asked for it.' : 'The hub is not reachable.')}
      </Empty>
    );
  }
  return <Grid label="Audit log, newest first" columns={COLUMNS} rows={entries} idOf={(entry) => `${entry.at} ${entry.sessionId} ${entry.commandId ?? entry.method}`} selected={null} onSelect={() => undefined} initialSort={[{ id: 'at', desc: true }]} />;
}

const COLUMNS: readonly Column<Entry>[] = [
  { id: 'at', header: 'Time', width: 130, className: 'mono', sort: ({ at }) => at, cell: ({ at }) => formatWhen(at, Date.now()) },
  { id: 'by', header: 'Asked by', priority: 2, width: 130, sort: ({ by }) => by, cell: ({ by }) => <Name text={by} most={60} /> },
  { id: 'client', header: 'Client', priority: 3, width: 150, className: 'mono', sort: ({ clientId }) => clientId, cell: ({ clientId }) => <Name text={clientId || '–'} most={60} className="t2" /> },
  { id: 'method', header: 'Action', width: 210, sort: ({ method }) => method, cell: (entry) => <><span className="mono">{entry.method}</span>{isDry(entry) ? <span className="t2"> dry run</span> : null}</> },
  { id: 'context', header: 'Context', sort: contextsOf, cell: (entry) => <Name text={contextsOf(entry) || '–'} most={120} /> },
  { id: 'params', header: 'With', priority: 3, className: 'mono', cell: (entry) => <Name text={restOf(entry) || '–'} most={160} className="t2" /> },
  { id: 'outcome', header: 'Outcome', width: 120, sort: ({ outcome }) => outcome, cellClass: ({ outcome }) => (outcome === 'done' ? 'c-ok' : 'c-error'), cell: ({ outcome }) => <Name text={outcome} most={60} /> },
];
