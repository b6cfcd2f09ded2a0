import { useMemo, type ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Empty, Heading, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';

/** A row as a device had it, and what the app saw of it where a write waited. */
interface Recorded {
  readonly entity: string;
  readonly id: string;
  readonly version: number;
  readonly value: Json | null;
  readonly confirmed: Json | null;
  readonly waits: boolean;
}

/** RP4: the rows of a context at a moment, from a recording alone: those that its steps touch, at first or later. */
export function RecordedRows({ contextId, search }: { contextId: string; search: string }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const place = inspector.place();
  const { value, error, loading } = useAnswer(`recorded rows ${contextId} ${place}`, () => inspector.session.db.rowsAt(contextId, place + 1));
  const rows = useMemo(
    () =>
      (value ?? [])
        .map(({ entity, id, confirmed, visible }): Recorded => ({ entity, id, version: confirmed.version, value: parsed((visible ?? confirmed).text), confirmed: parsed(confirmed.text), waits: visible !== null }))
        .filter(({ value: is, waits }) => is !== null || waits)
        .filter((row) => search === '' || `${row.entity}/${row.id} ${JSON.stringify(row.value)}`.toLowerCase().includes(search.toLowerCase()))
        .toSorted((a, b) => (a.entity === b.entity ? (a.id < b.id ? -1 : 1) : a.entity < b.entity ? -1 : 1)),
    [value, search],
  );
  const selected = fields['data.row'] ?? '';
  const current = rows.find((row) => idOf(row) === selected);
  if (value === null && error !== null) return <Empty icon="ev-error" tone="c-error" title="The rows could not be worked out">{error}</Empty>;
  if (value?.length === 0 && !loading) {
    return (
      <Empty icon="db" title="This recording tells no rows of this context here">
        Rows come from the steps of a flight recorder, and only those that they touch. A recording of events alone, or of a client that keeps its values, has none.
      </Empty>
    );
  }
  const select = (id: string): void => inspector.setField('data.row', id);
  return (
    <Split name="data" below={330} detail={current === undefined ? null : <Detail row={current} hidden={!showValues} onClose={() => select('')} />}>
      <div className="da-gw">
        {rows.length === 0 && !loading ? <Empty icon="filter" title="No row matches">Nothing holds “{search.slice(0, 40)}”.</Empty> : <Grid label="Rows that the recording touches" columns={columnsOf(showValues)} rows={rows} idOf={idOf} selected={selected} loading={loading} onSelect={(row) => select(idOf(row))} />}
        <div className="cap">
          <span>{plural(rows.length, 'row')} as the device had them at this moment</span>
          <span className="c-pending">only rows that the recording touches</span>
          <span className="grow" />
          <span className="p3">
            <Icon name="ev-push" className="c-pending" /> pending write
          </span>
        </div>
      </div>
    </Split>
  );
}

const idOf = ({ entity, id }: Recorded): string => `${entity}/${id}`;
const parsed = (text: string | null): Json | null => (text === null ? null : (JSON.parse(text) as Json));
const MOST = 300;

const columnsOf = (showValues: boolean): readonly Column<Recorded>[] => [
  { id: 'mark', header: '', name: 'Marks', width: 30, className: 'da-mark', sort: ({ waits }) => Number(waits), cell: ({ waits }) => (waits ? <Icon name="ev-push" className="c-pending" label="pending write" /> : null) },
  { id: 'entity', header: 'Entity', width: 110, sort: ({ entity }) => entity, cell: ({ entity }) => <Name text={entity} most={40} /> },
  { id: 'id', header: 'id', width: 130, className: 'mono', sort: ({ id }) => id, cell: ({ id }) => <Name text={id} most={80} /> },
  { id: 'version', header: 'Version', numeric: true, width: 72, className: 'mono', sort: ({ version }) => version, cell: ({ version }) => (version === 0 ? <span className="t2">new</span> : formatCount(version)) },
  { id: 'value', header: 'Value', className: 'mono', cell: ({ value }) => (!showValues ? <span className="t3">••••</span> : value === null ? <span className="c-error">deleted, not sent yet</span> : <Name text={JSON.stringify(value)} most={MOST} />) },
];

function Detail({ row, hidden, onClose }: { row: Recorded; hidden: boolean; onClose: () => void }): ReactNode {
  return (
    <section className="detail" aria-label={idOf(row).slice(0, 100)} data-region>
      <DetailHead name="data" onClose={onClose} actions={null}>
        <h2>
          <Icon name="table" />
          <span className="mono clip">
            <Name text={idOf(row)} most={80} />
          </span>
        </h2>
        <span className="tag line mono">version {formatCount(row.version)}</span>
      </DetailHead>
      <div className="detail-body">
        <div className="cols da-cols">
          <section>
            <Heading note={row.waits ? 'with the pending write' : undefined}>What the app saw</Heading>
            {hidden ? <p className="t2">Values are hidden. Press V to show them.</p> : <JsonText className="codebox" value={row.value} label="The value as JSON" />}
          </section>
          {!row.waits || hidden ? null : (
            <section>
              <Heading>In the log, as the device knew it</Heading>
              <JsonText className="codebox" value={row.confirmed} label="The confirmed value as JSON" />
            </section>
          )}
        </div>
      </div>
    </section>
  );
}
