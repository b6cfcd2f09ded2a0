import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { isJsonObject, type Json } from '../../../base/json.ts';
import { formatAge, formatCount, formatSecond, plural } from '../../../views/format.ts';
import { sinceThen, type SinceThen } from '../../../views/since.ts';
import { Button, FilterField } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useCapable, useContexts, useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { ContextSelect, usePickedContext } from '../context-picker.tsx';
import { AsOfBar } from './as-of-bar.tsx';
import { EntityList } from './entity-list.tsx';
import { RowsExportMenu } from './export-menu.tsx';
import { RecordedRows } from './recorded-rows.tsx';
import { NamesContext, useReferencedNames } from './references.ts';
import { RowDetail } from './row-detail.tsx';
import { Value, type DataRow, type Entity } from './value.tsx';

const PAGE = 200;
const SHOWN_COLUMNS = 6;
const NO_ROWS: readonly DataRow[] = [];

/** One context's rows, now or as of a version. It never edits. */
export function DataPanel(): ReactNode {
  const inspector = useInspector();
  const contextId = usePickedContext();
  const context = useContexts().find((one) => one.contextId === contextId);
  const { cursor, fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const client = useStore(inspector.session.client);
  const now = useNow();
  const refused = useRefusal('Data.entities');
  const search = fields['data'] ?? '';
  const chosen = fields['data.asof'] === undefined || fields['data.asof'] === '' ? null : Number(fields['data.asof']);
  // RP4: at a moment of the past the rows are those of the version that the context had then.
  const asOf = chosen ?? (cursor === null ? null : (context?.row.localVersion ?? null));
  const present = context?.row.partition.present === true;
  const entities = useAnswer(`entities ${contextId ?? ''} ${refused ?? ''} ${present}`, refused !== null || contextId === null || !present ? null : () => inspector.session.call('Data.entities', { contextId }));
  const list = entities.value?.entities ?? [];
  const entity = list.find((one) => one.entity === fields['data.entity']) ?? list[0];
  const rows = useRows(contextId, entity?.entity ?? null, search, asOf, context?.row.localVersion ?? 0);
  const names = useReferencedNames(contextId, entity, rows.rows);
  const since = useSince(contextId, entity?.entity ?? null, asOf, rows.rows, context?.row.localVersion ?? 0);
  const [exporting, setExporting] = useState(false);
  const canExport = useCapable('Data.export');
  const exportOff = !canExport ? 'This client does not export rows' : (refused ?? (present ? null : 'There are no rows on this device'));
  const selected = fields['data.row'] ?? '';
  const current = rows.rows.find(({ id }) => id === selected);
  const step = (by: number): void => {
    const here = rows.rows.findIndex(({ id }) => id === selected);
    const next = rows.rows[Math.max(0, Math.min(rows.rows.length - 1, here + by))];
    if (next !== undefined) inspector.setField('data.row', next.id);
  };
  usePanelKeys({
    J: () => step(1),
    K: () => step(-1),
    R: rows.again,
    'Mod+E': () => exportOff === null && setExporting(true),
    C: () => void inspector.copy(JSON.stringify(current ?? rows.rows, null, 2), 'The row'),
    ...(current === undefined ? {} : { Escape: () => inspector.setField('data.row', '') }),
  });
  if (contextId === null || context === undefined) return <Empty icon="db" title="No context to read">Rows are read from one context at a time; none is known yet.</Empty>;
  const columns = columnsOf(entity, rows.rows, showValues, now, since?.of ?? NOTHING);
  return (
    <>
      <div className="bar">
        <ContextSelect value={contextId} />
        <FilterField label="Filter rows" placeholder="Filter rows by id or value" value={search} onChange={(value) => inspector.setField('data', value)} />
        <span className="grow" />
        <Button className="quiet p2" icon="download" label="Export…" title="Export rows (Ctrl E)" off={exportOff} onPress={() => setExporting(true)} />
        {exporting ? <RowsExportMenu contextId={contextId} entity={entity?.entity ?? null} onClose={() => setExporting(false)} /> : null}
        <button type="button" className="check da-sw p2" role="switch" aria-checked={showValues} title="Show values (V)" onClick={() => inspector.settings.update((settings) => ({ ...settings, showValues: !showValues }))}>
          <span className="switch" data-on={showValues} aria-hidden="true" />
          Show values
        </button>
      </div>
      {!present && client.state !== 'recorded' ? (
        <Empty icon="ev-prune" title={`${contextId.slice(0, 60)} has no data on this device`} actions={<Button icon="power" label={`Activate ${contextId.slice(0, 60)}`} onPress={() => void activateContext(inspector, contextId)} />}>
          It was pruned, or never opened here. The server stands at version {formatCount(context.row.serverVersion)}; an activation brings it as a snapshot.
        </Empty>
      ) : client.state === 'recorded' ? (
        <RecordedRows contextId={contextId} search={search} />
      ) : refused !== null ? (
        <Empty icon="lock" title="Rows stay with the client">{refused}. A recording keeps events, not rows.</Empty>
      ) : entities.error !== null ? (
        <Empty icon="ev-error" tone="c-error" title="The client did not list its entities" actions={<Button icon="replay" label="Try again" onPress={entities.again} />}>
          {entities.error}
        </Empty>
      ) : (
        <NamesContext value={names}>
          <AsOfBar context={context} asOf={asOf} onChange={(version) => inspector.setField('data.asof', version === null ? '' : String(version))} />
          <div className="da-main">
            <EntityList entities={list} chosen={entity?.entity ?? null} pending={context.pending} conflicts={context.status.conflicts} onChoose={(name) => { inspector.setField('data.entity', name); inspector.setField('data.row', ''); }} />
            <Split name="data" below={330} detail={current === undefined || entity === undefined ? null : <RowDetail key={`${entity.entity} ${current.id}`} contextId={contextId} entities={list} entity={entity} row={current} masked={rows.masked} onClose={() => inspector.setField('data.row', '')} />}>
              <div className="da-gw">
                {rows.error !== null ? (
                  <Empty icon="ev-error" tone="c-error" title="Rows could not be read" actions={<Button icon="replay" label="Try again" kbd="R" onPress={rows.again} />}>
                    {rows.error}
                  </Empty>
                ) : rows.rows.length === 0 && !rows.loading ? (
                  <Empty icon={search === '' ? 'table' : 'filter'} title={search === '' ? 'No rows' : 'No row matches'} actions={search === '' ? undefined : <Button label="Clear filter" kbd="Esc" onPress={() => inspector.setField('data', '')} />}>
                    {search === '' ? 'This entity holds none here.' : `Nothing holds “${search.slice(0, 40)}”.`}
                  </Empty>
                ) : (
                  <Grid label={`Rows of ${entity?.entity ?? ''}`} columns={columns} rows={rows.rows} idOf={({ id }) => id} selected={selected} loading={rows.loading} onSelect={({ id }) => inspector.setField('data.row', id)} />
                )}
                <div className="cap">
                  <span>
                    {rows.error !== null ? 'No rows' : asOf === null ? (rows.rows.length === 0 ? 'No rows' : `Rows 1 to ${formatCount(rows.rows.length)}`) : `${plural(rows.rows.length, 'row')} as of ${formatCount(asOf)}, from the ${rows.source}`}
                    {entity === undefined || asOf !== null || rows.rows.length === 0 ? '' : ` of ${formatCount(entity.rows)}`}
                  </span>
                  {since === null ? null : (
                    <span aria-label="Since then" className="da-since">
                      since then <b className="c-ok">+{formatCount(since.added)}</b> added, <b className="c-pending">{formatCount(since.changed)}</b> changed, <b className="c-error">{formatCount(since.deleted)}</b> deleted
                    </span>
                  )}
                  {rows.unknown === 0 ? null : <span className="c-pending">{plural(rows.unknown, 'row')} changed since, with a value of then that the log no longer holds</span>}
                  {rows.more === null ? null : <Button className="quiet" label="More rows" onPress={rows.more} />}
                  <span className="grow" />
                  {rows.masked || !showValues ? <span className="c-pending">values are masked{rows.masked ? ' by the policy of the client' : ''}</span> : null}
                  <span className="p3">
                    <Icon name="ev-push" className="c-pending" /> pending write
                  </span>
                  <span className="p3">
                    <Icon name="ev-conflict" className="c-conflict" /> conflict
                  </span>
                </div>
              </div>
            </Split>
          </div>
        </NamesContext>
      )}
    </>
  );
}

interface Rows {
  readonly rows: readonly DataRow[];
  readonly more: (() => void) | null;
  readonly masked: boolean;
  readonly loading: boolean;
  readonly error: string | null;
  readonly source: string;
  /** As of a version: rows whose value of then is behind the horizon of the log. */
  readonly unknown: number;
  readonly again: () => void;
}

/** Rows of an entity: now page by page, as of a version all at once. */
function useRows(contextId: string | null, entity: string | null, search: string, asOf: number | null, version: number): Rows {
  const inspector = useInspector();
  const [pages, setPages] = useState(1);
  useEffect(() => setPages(1), [contextId, entity, search, asOf]);
  const readPages = async (count: number): Promise<{ rows: DataRow[]; more: boolean; masked: boolean; source: string; unknown: number }> => {
    const rows: DataRow[] = [];
    let masked = false;
    let more = true;
    for (let page = 0; page < count && more; page++) {
      const after = rows.at(-1)?.id;
      const part = await inspector.session.call('Data.rows', { contextId: contextId ?? '', entity: entity ?? '', limit: PAGE, ...(after === undefined ? {} : { after }), ...(search === '' ? {} : { search }) });
      rows.push(...part.rows);
      ({ masked, more } = part);
    }
    return { rows, more, masked, source: 'device', unknown: 0 };
  };
  const readAsOf = async (at: number): Promise<{ rows: DataRow[]; more: boolean; masked: boolean; source: string; unknown: number }> => {
    const state = await inspector.session.call('Context.stateAt', { contextId: contextId ?? '', version: at, limit: 10_000 });
    const rows = state.rows.filter((row) => row.entity === entity && !row.deleted && (search === '' || row.id.includes(search))).map((row): DataRow => ({ id: row.id, version: row.version, deviceId: row.deviceId, timestamp: row.timestamp, mark: 'confirmed', value: row.value ?? null }));
    return { rows, more: state.total > state.rows.length, masked: false, source: state.source === 'server' ? "server's log" : 'recording', unknown: state.unknown ?? 0 };
  };
  const ready = contextId !== null && entity !== null;
  const key = `rows ${contextId ?? ''} ${entity ?? ''} ${search} ${asOf ?? ''}`;
  const answer = useAnswer(key, !ready ? null : asOf === null ? () => readPages(pages) : () => readAsOf(asOf), `${asOf === null ? version : ''} ${pages}`);
  return {
    rows: answer.value?.rows ?? NO_ROWS,
    more: answer.value?.more === true && asOf === null ? () => setPages((n) => n + 1) : null,
    masked: answer.value?.masked ?? false,
    loading: answer.loading,
    error: answer.error,
    source: answer.value?.source ?? '',
    unknown: answer.value?.unknown ?? 0,
    again: answer.again,
  };
}

const NOTHING: SinceThen['of'] = new Map();
const MOST_NOW = 10_000;

/** What became of the rows of a version until now; null where that is not asked, or cannot be. */
function useSince(contextId: string | null, entity: string | null, asOf: number | null, rows: readonly DataRow[], version: number): SinceThen | null {
  const inspector = useInspector();
  const refused = useRefusal('Data.query');
  const ask = asOf === null || refused !== null || contextId === null || entity === null ? null : async (): Promise<readonly { id: string; version: number }[] | null> => {
    const now = await inspector.session.call('Data.query', { contextId, sql: 'SELECT id, version FROM rows WHERE entity = ? AND value IS NOT NULL', params: [entity], limit: MOST_NOW });
    return now.truncated ? null : now.rows.map(([id, at]) => ({ id: typeof id === 'string' ? id : '', version: Number(at) }));
  };
  const { value: now } = useAnswer(`now ${contextId ?? ''} ${entity ?? ''} ${asOf === null} ${refused ?? ''}`, ask, version);
  return useMemo(() => (asOf === null || now === null || rows.length === 0 ? null : sinceThen(rows, now)), [asOf, now, rows]);
}

function columnsOf(entity: Entity | undefined, rows: readonly DataRow[], showValues: boolean, now: number, since: SinceThen['of']): readonly Column<DataRow>[] {
  const declared = entity?.columns ?? [];
  const names = (declared.length > 0 ? declared : [...new Set(rows.slice(0, 50).flatMap(({ value }) => (isJsonObject(value) ? Object.keys(value) : [])))]).slice(0, SHOWN_COLUMNS);
  return [
    { id: 'mark', header: '', name: 'Marks', width: 30, className: 'da-mark', sort: ({ mark }) => mark, cell: ({ mark, id }) => (since.get(id) === 'changed' ? <b className="c-pending" role="img" aria-label="changed since">~</b> : since.get(id) === 'deleted' ? <b className="c-error" role="img" aria-label="deleted since">−</b> : mark === 'pending' ? <Icon name="ev-push" className="c-pending" label="pending write" /> : mark === 'conflicted' ? <Icon name="ev-conflict" className="c-conflict" label="conflict" /> : null) },
    { id: 'id', header: 'id', width: 110, className: 'mono', sort: ({ id }) => id, cell: ({ id }) => <Name text={id} most={80} /> },
    { id: 'version', header: 'Version', numeric: true, width: 72, className: 'mono', sort: ({ version }) => version, cell: ({ version }) => (version === 1 ? <span className="t2">import</span> : formatCount(version)) },
    ...names.map((name, index): Column<DataRow> => ({
      id: `c.${name}`,
      header: name,
      priority: index < 2 ? 1 : index < 4 ? 2 : 3,
      className: 'mono',
      sort: ({ value }) => cellText(value, name),
      cell: ({ value, mark }) => <Value value={fieldOf(value, name)} reference={entity?.references[name]} hidden={!showValues} changed={mark === 'pending'} />,
    })),
    { id: 'changed', header: 'Changed', priority: 3, width: 76, className: 'mono', sort: ({ timestamp }) => timestamp ?? 0, cell: ({ timestamp }) => <span className="t2">{timestamp === null ? '–' : now - timestamp > 86_400_000 ? `${formatAge(now - timestamp)} ago` : formatSecond(timestamp)}</span> },
    { id: 'device', header: 'Device', priority: 4, width: 120, className: 'mono', sort: ({ deviceId }) => deviceId ?? '', cell: ({ deviceId }) => <Name text={deviceId ?? '–'} most={40} className="t2" /> },
  ];
}

const fieldOf = (value: Json, name: string): Json | undefined => (isJsonObject(value) ? value[name] : undefined);
function cellText(value: Json, name: string): string | number {
  const field = fieldOf(value, name);
  return typeof field === 'number' ? field : field === undefined ? '' : typeof field === 'string' ? field : JSON.stringify(field);
}
