import { useMemo, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Empty } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useContexts, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { usePickedContext } from '../context-picker.tsx';
import { AsOfBar } from './as-of-bar.tsx';
import { COMPARE, useCompared, type ComparedRow } from './compare.ts';
import { ComparedRows } from './compared-rows.tsx';
import { CompareChips, DataBar, OnlyChips, useExporting } from './data-bar.tsx';
import { EntityList, EntityPicker } from './entity-list.tsx';
import { KEPT, ONLY, useKept, useKnowsOnly, useMarks, type KeptList } from './kept.ts';
import { KeptRows } from './kept-lists.tsx';
import { queryRow } from './query-row.ts';
import { RecordedRows } from './recorded-rows.tsx';
import { NamesContext, useReferencedNames } from './references.ts';
import { RowDetail } from './row-detail.tsx';
import { RowList, type Shown } from './row-list.tsx';
import { useRows } from './use-rows.ts';
import { useThen } from './use-then.ts';
import type { DataRow, Entity } from './value.tsx';

/** One context's rows, now or as of a version. It never edits. */
export function DataPanel(): ReactNode {
  const inspector = useInspector();
  const contextId = usePickedContext();
  const contexts = useContexts();
  // Where every context was pruned there is still one to choose from.
  const context = contexts.find((one) => one.contextId === contextId) ?? contexts[0];
  const { fields } = useView();
  const client = useStore(inspector.session.client);
  const refused = useRefusal('Data.entities');
  if (context === undefined) return <Empty icon="db" title="No context to read">Rows are read from one context at a time; none is known yet.</Empty>;
  const search = fields['data'] ?? '';
  if (client.state !== 'recorded' && refused === null && (context.row.partition.present || context.row.quarantine !== null)) return <Rows context={context} />;
  return (
    <>
      <DataBar context={context} entity={undefined} search={search} picker={null} chips={null} exporting={null} />
      {client.state === 'recorded' ? <RecordedRows contextId={context.contextId} search={search} /> : context.row.partition.present ? <Empty icon="lock" title="Rows stay with the client">{refused}. A recording keeps events, not rows.</Empty> : <NoData context={context} />}
    </>
  );
}

function NoData({ context: { contextId, row, pending } }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const name = contextId.slice(0, 60);
  return (
    <Empty icon="ev-prune" title={`${name} has no data on this device`} actions={<Button icon="power" label={`Activate ${name}`} onPress={() => void activateContext(inspector, contextId)} />}>
      It was pruned, or never opened here. The server stands at version {formatCount(row.serverVersion)}; an activation brings it as a snapshot{row.quarantine === null ? '' : ` and sends what was set aside: ${plural(pending, 'write')}`}.
    </Empty>
  );
}

const NO_ENTITIES: readonly Entity[] = [];

/** The rows of a context that has some here, or writes that were set aside. */
function Rows({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const { cursor, fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const knowsOnly = useKnowsOnly();
  const { contextId, row, status, pending } = context;
  const present = row.partition.present;
  const search = fields['data'] ?? '';
  const typed = fields['data.asof'] === undefined || fields['data.asof'] === '' ? null : Number(fields['data.asof']);
  // RP4: at a moment of the past the rows are those of the version that the context had then.
  const asOf = !present ? null : (typed ?? (cursor === null ? null : row.localVersion));
  const list: KeptList | null = KEPT.find((one) => one === fields['data.kept']) ?? (present ? null : 'quarantine');
  const only = asOf === null && knowsOnly ? (ONLY.find((one) => one === fields['data.only']) ?? '') : '';
  const asked = useAnswer(`entities ${contextId} ${present}`, () => inspector.session.call('Data.entities', { contextId }), `${pending} ${status.conflicts}`);
  const entities = asked.value?.entities ?? NO_ENTITIES;
  const names = useMemo(() => entities.map(({ entity }) => entity), [entities]);
  const entity = entities.find((one) => one.entity === fields['data.entity']) ?? entities[0];
  const kept = useKept(context);
  const marks = useMarks(context, entity?.entity, kept);
  const then = useThen(contextId, asOf, row.localVersion);
  const since = entity === undefined ? null : (then?.since?.get(entity.entity) ?? null);
  const compare = since === null || list !== null ? '' : (COMPARE.find((one) => one === fields['data.compare']) ?? '');
  const rows = useRows({ contextId, entity: present ? (entity?.entity ?? null) : null, search, only, then, moved: `${row.localVersion} ${pending} ${status.conflicts} ${status.openConflicts}` });
  const compared = useCompared(contextId, entity?.entity ?? null, then, compare, search, row.localVersion);
  const shown: readonly DataRow[] = useMemo(() => (compare === '' ? rows.rows : compared.rows.map((one) => comparedAsRow(one))), [compare, rows.rows, compared.rows]);
  const referenced = useReferencedNames(contextId, entity, useMemo(() => (compare === '' ? rows.rows : compared.rows.flatMap(({ then: was, now }) => [was, now].filter((one) => one !== null))), [compare, rows.rows, compared.rows]));
  const exporting = useExporting(context);
  const selected = fields['data.row'] ?? '';
  const current = list === null ? shown.find(({ id }) => id === selected) : undefined;
  const set = (part: { readonly [field: string]: string }): void => inspector.show({ fields: { ...inspector.view.get().fields, ...part } });
  const step = (by: number): void => {
    const here = shown.findIndex(({ id }) => id === selected);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    if (next !== undefined) set({ 'data.row': next.id });
  };
  usePanelKeys({
    J: () => step(1),
    K: () => step(-1),
    R: () => [asked, rows, kept].forEach(({ again }) => again()),
    'Mod+E': () => exporting.off === null && exporting.show(true),
    Q: () => entity !== undefined && queryRow(inspector, contextId, entity.entity, current?.id ?? null),
    C: () => void inspector.copy(JSON.stringify(current ?? shown, null, 2), 'The row'),
    ...(current === undefined ? {} : { Escape: () => set({ 'data.row': '' }) }),
  });
  const choose = (to: string): void => set({ 'data.entity': to, 'data.row': '', 'data.kept': '' });
  const chooseKept = (to: KeptList): void => set({ 'data.kept': to, 'data.row': '' });
  const openRow = (to: string, id: string): void => set({ 'data.entity': to, 'data.row': id, 'data.kept': '', 'data.only': knowsOnly ? (list === 'conflicts' ? 'conflicts' : 'pending') : '', 'data.asof': '', data: '' });
  const listed: Shown = { entity, rows, then, since, only, search, marks, bases: kept.bases, selected };
  return (
    <>
      <DataBar
        context={context}
        entity={entity}
        search={search}
        exporting={exporting}
        picker={<EntityPicker context={context} entities={entities} chosen={entity?.entity ?? null} kept={list} onChoose={choose} onKept={chooseKept} />}
        chips={list !== null ? null : compare !== '' ? <CompareChips since={since} compare={compare} onCompare={(to) => set({ 'data.compare': to })} /> : asOf === null ? <OnlyChips context={context} entity={entity} only={only} kept={kept} marks={marks} onOnly={(to) => set({ 'data.only': to })} /> : null}
      />
      {asked.error !== null && asked.value === null ? (
        <Empty icon="ev-error" tone="c-error" title="The client did not list its entities" actions={<Button icon="replay" label="Try again" onPress={asked.again} />}>
          {asked.error}
        </Empty>
      ) : (
        <NamesContext value={referenced}>
          {present ? <AsOfBar context={context} asOf={asOf} conflicts={kept.conflicts} comparing={compare !== ''} onChange={(version) => set({ 'data.asof': version === null ? '' : String(version), ...(version === null ? { 'data.compare': '' } : {}) })} onCompare={(version) => set(version === null ? { 'data.compare': '' } : { 'data.asof': String(version), 'data.compare': 'differ', 'data.kept': '' })} /> : null}
          <div className="da-main">
            <EntityList context={context} entities={entities} chosen={entity?.entity ?? null} kept={list} then={then} onChoose={choose} onKept={chooseKept} />
            <Split name="data" below={330} detail={current === undefined || entity === undefined ? null : <RowDetail key={`${entity.entity} ${current.id}`} context={context} entities={entities} entity={entity} row={current} asOf={asOf} kept={kept} masked={rows.masked} onClose={() => set({ 'data.row': '' })} />}>
              <div className="da-gw">
                {list !== null ? (
                  <>
                    {present ? null : <NoData context={context} />}
                    <KeptRows list={list} context={context} kept={kept} entities={names} onRow={openRow} />
                  </>
                ) : compare !== '' && since !== null && entity !== undefined ? (
                  <ComparedRows entity={entity} version={asOf ?? 0} since={since} compared={compared} selected={selected} showValues={showValues} />
                ) : (
                  <RowList {...listed} />
                )}
              </div>
            </Split>
          </div>
        </NamesContext>
      )}
    </>
  );
}

/** What the detail shows of a compared row: what it was then, or what came since. */
const comparedAsRow = ({ id, then, now }: ComparedRow): DataRow => then ?? { id, version: now?.version ?? 0, deviceId: null, timestamp: null, mark: 'confirmed', value: now?.value ?? null };
