import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { useKnowsOnly } from './kept.ts';
import type { DataRow } from './value.tsx';

const MOST = 200;

interface SetAside extends DataRow {
  readonly entity: string;
}

/** PR2: the writes that were set aside when a context was pruned, until it comes back. */
export function Quarantine({ context, entities }: { context: ContextNow; entities: readonly string[] }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const knows = useKnowsOnly();
  const { contextId, row, pending } = context;
  const holds = row.quarantine !== null && !row.partition.present;
  const read = async (): Promise<readonly SetAside[]> => {
    const pages = await Promise.all(entities.map(async (entity) => ({ entity, page: await inspector.session.call('Data.rows', { contextId, entity, only: 'quarantined', limit: MOST }) })));
    return pages.flatMap(({ entity, page }) => page.rows.map((one) => ({ ...one, entity })));
  };
  const { value, error, loading } = useAnswer(`quarantine ${contextId} ${holds} ${knows} ${entities.join(' ')}`, holds && knows && entities.length > 0 ? read : null);
  if (!holds) return <Empty icon="lock" title="Nothing is set aside">Writes are set aside when a context is pruned before the server has them. They come back with its next activation.</Empty>;
  if (!knows) return <Empty icon="lock" title={`${plural(pending, 'write')} set aside`}>This client cannot list them: its runtime is older. They come back with the next activation of the context.</Empty>;
  if (error !== null && value === null) return <Empty icon="ev-error" tone="c-error" title="The quarantine could not be read">{error}</Empty>;
  const rows = value ?? [];
  return (
    <>
      <Grid label="Quarantine" columns={columnsOf(showValues)} rows={rows} idOf={idOf} selected={fields['data.write'] ?? ''} loading={loading} onSelect={(one) => inspector.setField('data.write', idOf(one))} />
      <div className="cap">
        <span>{plural(rows.length, 'row')} with a write that is set aside. They are sent when the context is activated again.</span>
      </div>
    </>
  );
}

const idOf = ({ entity, id }: SetAside): string => `${entity}/${id}`;
const MOST_TEXT = 300;

const columnsOf = (showValues: boolean): readonly Column<SetAside>[] => [
  { id: 'op', header: 'Write', width: 84, className: 'mono', sort: ({ deleted }) => String(deleted === true), cell: ({ deleted }) => <><Icon name="lock" className="c-pending" /> {deleted === true ? <span className="c-error">delete</span> : 'put'}</> },
  { id: 'row', header: 'Entity/id', width: 190, className: 'mono', sort: idOf, cell: (one) => <Name text={idOf(one)} most={80} /> },
  { id: 'version', header: 'Base', numeric: true, width: 80, className: 'mono', sort: ({ version }) => version, cell: ({ version }) => (version === 0 ? 'new' : formatCount(version)) },
  { id: 'value', header: 'Value', priority: 2, className: 'mono', cell: ({ value, deleted }) => (deleted === true ? null : !showValues ? <span className="t3">••••</span> : <Name text={JSON.stringify(value)} most={MOST_TEXT} />) },
];
