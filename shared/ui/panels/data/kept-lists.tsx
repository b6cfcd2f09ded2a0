import type { ReactNode } from 'react';
import { conflictsOf } from '../../../views/conflicts.ts';
import type { ConflictRow } from '../../../protocol/debug/index.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatClock, formatCount, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';
import { useOutbox, type Kept, type KeptList, type Write } from './kept.ts';
import { Quarantine } from './quarantine.tsx';

const MOST_READ = 5_000;

/** What sync keeps of a context, in place of its rows. */
export function KeptRows({ list, context, kept, entities, onRow }: { list: KeptList; context: ContextNow; kept: Kept; entities: readonly string[]; onRow: (entity: string, id: string) => void }): ReactNode {
  switch (list) {
    case 'outbox':
      return <Outbox context={context} onRow={onRow} />;
    case 'conflicts':
      return <Conflicts context={context} kept={kept} onRow={onRow} />;
    case 'quarantine':
      return <Quarantine context={context} entities={entities} />;
  }
}

const rowName = (onRow: (entity: string, id: string) => void) =>
  function RowLink({ entity, entityId }: { readonly entity: string; readonly entityId: string }): ReactNode {
    return (
      <LinkButton title="Open the row" onPress={() => onRow(entity, entityId)}>
        <Name text={`${entity}/${entityId}`} most={80} />
      </LinkButton>
    );
  };

function Outbox({ context, onRow }: { context: ContextNow; onRow: (entity: string, id: string) => void }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const now = useNow();
  const { writes, loading, error } = useOutbox(context);
  if (writes.length === 0 && !loading) {
    return error === null ? (
      <Empty icon="ev-push" title="The outbox is empty">Everything that was written here is on the server. A write is listed from the moment it is made until the server has taken it.</Empty>
    ) : (
      <Empty icon="lock" title={`${plural(context.pending, 'write')} wait`}>{error}. Once the context is active, the client tells which they are.</Empty>
    );
  }
  const RowLink = rowName(onRow);
  const columns: readonly Column<Write>[] = [
    { id: 'op', header: 'Write', width: 84, className: 'mono', sort: ({ op }) => op, cell: ({ op }) => <><Icon name="ev-push" className="c-pending" /> <span className={op === 'delete' ? 'c-error' : ''}>{op}</span></> },
    { id: 'row', header: 'Entity/id', className: 'mono', sort: ({ entity, entityId }) => `${entity}/${entityId}`, cell: RowLink },
    { id: 'base', header: 'Base', numeric: true, width: 80, priority: 2, className: 'mono', title: 'The version that it was made upon', sort: ({ baseVersion }) => baseVersion ?? 0, cell: ({ baseVersion }) => (baseVersion === null ? <span className="t3">–</span> : baseVersion === 0 ? 'new' : formatCount(baseVersion)) },
    { id: 'since', header: 'Waits', numeric: true, width: 80, sort: ({ writtenAt }) => -writtenAt, cell: ({ writtenAt }) => formatAge(now - writtenAt) },
    { id: 'state', header: 'State', width: 96, sort: ({ state }) => state, cell: ({ state }) => state },
    { id: 'mutation', header: 'Mutation', priority: 3, className: 'mono', cell: ({ mutationId }) => <Name text={mutationId} most={60} className="t2" /> },
  ];
  return (
    <>
      <Grid label="Outbox" columns={columns} rows={writes} idOf={({ mutationId }) => mutationId} selected={fields['data.write'] ?? ''} loading={loading} onSelect={({ mutationId }) => inspector.setField('data.write', mutationId)} onOpen={({ entity, entityId }) => onRow(entity, entityId)} />
      <div className="cap">
        <span>{plural(writes.length, 'write')} in the order in which they are sent</span>
      </div>
    </>
  );
}

function Conflicts({ context, kept, onRow }: { context: ContextNow; kept: Kept; onRow: (entity: string, id: string) => void }): ReactNode {
  const inspector = useInspector();
  const { fields, cursor } = useView();
  const refused = useRefusal('Conflict.list');
  const place = inspector.place();
  const { value: recorded } = useRead(`conflicts ${cursor ?? 'live'}`, (read) => conflictsOf(read, place, MOST_READ));
  if (kept.conflicts.length === 0) return <Empty icon="ev-conflict" title={context.status.conflicts === 0 ? 'No conflict is kept' : 'The conflicts are not here'}>{context.status.conflicts === 0 ? 'No change of the server has met a write of this device in this context.' : (refused ?? 'The client did not list them yet.')}</Empty>;
  const open = ({ conflictId, entity, entityId }: ConflictRow): void => {
    const known = recorded?.find((one) => one.conflictId === conflictId);
    // One that is older than the recording is found by its row.
    const found = known === undefined ? { conflicts: `entity:${entity} id:${entityId}` } : { conflicts: '', 'conflicts.row': String(known.place) };
    inspector.go('conflicts', { selected: context.contextId, fields: { ...fields, 'conflicts.state': '', ...found } });
  };
  const RowLink = rowName(onRow);
  const columns: readonly Column<ConflictRow>[] = [
    { id: 'at', header: 'Time', width: 128, className: 'mono', sort: ({ at }) => at, cell: (row) => <LinkButton title="Open in Conflicts" onPress={() => open(row)}><Icon name="ev-conflict" className="c-conflict" /> {formatClock(row.at)}</LinkButton> },
    { id: 'row', header: 'Entity/id', className: 'mono', sort: ({ entity, entityId }) => `${entity}/${entityId}`, cell: RowLink },
    { id: 'winner', header: 'Winner', width: 72, sort: ({ winner }) => winner, cell: ({ winner }) => winner },
    { id: 'state', header: 'State', width: 84, priority: 2, sort: ({ state }) => state, cell: ({ state }) => <span className={state === 'open' || state === 'rejected' ? 'c-conflict' : 't2'}>{state === 'by-hand' ? 'by hand' : state}</span> },
    { id: 'strategy', header: 'Strategy', width: 76, priority: 3, sort: ({ strategy }) => strategy, cell: ({ strategy }) => <span className="t2">{strategy}</span> },
    { id: 'theirs', header: 'Theirs', numeric: true, width: 72, priority: 3, className: 'mono', sort: ({ theirVersion }) => theirVersion ?? 0, cell: ({ theirVersion }) => (theirVersion === null ? '–' : formatCount(theirVersion)) },
    { id: 'device', header: 'Other device', priority: 3, width: 120, className: 'mono', sort: ({ theirDevice }) => theirDevice ?? '', cell: ({ theirDevice }) => <Name text={theirDevice ?? '–'} most={40} className="t2" /> },
  ];
  return (
    <>
      <Grid label="Kept conflicts" columns={columns} rows={kept.conflicts} idOf={({ conflictId }) => conflictId} selected={fields['data.conflict'] ?? ''} onSelect={({ conflictId }) => inspector.setField('data.conflict', conflictId)} onOpen={open} />
      <div className="cap">
        <span>
          {plural(kept.conflicts.length, 'conflict')} of {formatCount(context.status.conflicts)}, newest first
        </span>
        <span className="grow" />
        <Button className="quiet" icon="ev-conflict" label="Open in Conflicts" onPress={() => inspector.go('conflicts', { selected: context.contextId, contexts: [context.contextId], fields: { ...fields, conflicts: '' } })} />
      </div>
    </>
  );
}
