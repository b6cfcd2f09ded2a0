import { useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Empty } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useContexts, useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { usePickedContext } from '../context-picker.tsx';
import { AsOfBar } from './as-of-bar.tsx';
import { COMPARE, useCompared, type ComparedRow } from './compare.ts';
import { ComparedRows } from './compared-rows.tsx';
import { CompareChips, DataBar, OnlyChips, useExportOff } from './data-bar.tsx';
import { EntityList, EntityPicker } from './entity-list.tsx';
import { KEPT, ONLY, useKept, useKnowsOnly, useMarks, type KeptList } from './kept.ts';
import { KeptRows } from './kept-lists.tsx';
import { Quarantine } from './quarantine.tsx';
import { RecordedRows } from './recorded-rows.tsx';
import { NamesContext, useReferencedNames } from './references.ts';
import { RowDetail } from './row-detail.tsx';
import { RowList } from './row-list.tsx';
import { useRows } from './use-rows.ts';
import { useThen } from './use-then.ts';
import type { DataRow } from './value.tsx';

/** One context's rows, now or as of a version, or what sync keeps beside them. It never edits. */
export function DataPanel(): ReactNode {
  const inspector = useInspector();
  const contextId = usePickedContext();
  const contexts = useContexts();
  const context = contexts.find((one) => one.contextId === contextId);
  const { cursor, fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const client = useStore(inspector.session.client);
  const now = useNow();
  const refused = useRefusal('Data.entities');
  const knowsOnly = useKnowsOnly();
  const search = fields['data'] ?? '';
  const list = KEPT.find((one) => one === fields['data.kept']) ?? null;
  const chosen = fields['data.asof'] === undefined || fields['data.asof'] === '' ? null : Number(fields['data.asof']);
  // RP4: at a moment of the past the rows are those of the version that the context had then.
  const asOf = chosen ?? (cursor === null ? null : (context?.row.localVersion ?? null));
  const compare = asOf === null ? '' : (COMPARE.find((one) => one === fields['data.compare']) ?? '');
  const only = asOf === null && knowsOnly ? (ONLY.find((one) => one === fields['data.only']) ?? '') : '';
  const present = context?.row.partition.present === true;
  const source = present ? contextId : sameSchema(context, contexts);
  const answer = useAnswer(`entities ${source ?? ''} ${refused ?? ''}`, refused !== null || source === null ? null : () => inspector.session.call('Data.entities', { contextId: source }), `${context?.row.localVersion ?? 0} ${context?.pending ?? 0}`);
  const entities = answer.value?.entities ?? [];
  const entity = entities.find((one) => one.entity === fields['data.entity']) ?? entities[0];
  const name = present ? (entity?.entity ?? null) : null;
  const version = context?.row.localVersion ?? 0;
  const kept = useKept(context);
  const marks = useMarks(context, entity?.entity, kept);
  const then = useThen(present ? contextId : null, asOf, version);
  const rows = useRows({ contextId, entity: name, search, only, then, moved: `${version} ${context?.pending ?? 0} ${context?.status.conflicts ?? 0}` });
  const compared = useCompared(contextId, name, then, compare, search, version);
  const names = useReferencedNames(contextId, entity, compare === '' ? rows.rows : compared.rows.flatMap((row) => [row.then, row.now].filter((one) => one !== null)));
  const listed: readonly DataRow[] = list !== null ? [] : compare === '' ? rows.rows : compared.rows.map(asRow);
  const selected = fields['data.row'] ?? '';
  const current = listed.find(({ id }) => id === selected);
  const set = (changed: { readonly [field: string]: string }): void => inspector.show({ fields: { ...inspector.view.get().fields, ...changed } });
  const step = (by: number): void => {
    const next = listed[Math.max(0, Math.min(listed.length - 1, listed.findIndex(({ id }) => id === selected) + by))];
    if (next !== undefined) set({ 'data.row': next.id });
  };
  const [exporting, setExporting] = useState(false);
  const exportOff = useExportOff(context);
  usePanelKeys({
    'Mod+E': () => exportOff === null && setExporting(true),
    J: () => step(1),
    K: () => step(-1),
    R: rows.again,
    C: () => void inspector.copy(JSON.stringify(current ?? listed, null, 2), 'The row'),
    ...(current === undefined ? {} : { Escape: () => set({ 'data.row': '' }) }),
  });
  if (contextId === null || context === undefined) return <Empty icon="db" title="No context to read">Rows are read from one context at a time; none is known yet.</Empty>;
  const choose = (chosenEntity: string): void => set({ 'data.entity': chosenEntity, 'data.row': '', 'data.kept': '' });
  const keep = (chosenList: KeptList): void => set({ 'data.kept': chosenList, 'data.row': '' });
  const since = entity === undefined ? null : (then?.since?.get(entity.entity) ?? null);
  const lists = { context, entities, chosen: entity?.entity ?? null, kept: list, onChoose: choose, onKept: keep };
  const chips = list !== null || !present ? null : compare !== '' ? <CompareChips since={since} compare={compare} onCompare={(next) => set({ 'data.compare': next })} /> : asOf === null ? <OnlyChips context={context} entity={entity} only={only} kept={kept} marks={marks} onOnly={(next) => set({ 'data.only': next, 'data.row': '' })} /> : null;
  const body = (): ReactNode => {
    if (client.state === 'recorded') return <RecordedRows contextId={contextId} search={search} />;
    if (!present && context.row.quarantine !== null) {
      return (
        <div className="da-gw">
          <Quarantine context={context} entities={entities.map((one) => one.entity)} />
        </div>
      );
    }
    if (!present) {
      return (
        <Empty icon="ev-prune" title={`${contextId.slice(0, 60)} has no data on this device`} actions={<Button icon="power" label={`Activate ${contextId.slice(0, 60)}`} onPress={() => void activateContext(inspector, contextId)} />}>
          It was pruned, or never opened here. The server stands at version {formatCount(context.row.serverVersion)}; an activation brings it as a snapshot.
        </Empty>
      );
    }
    if (refused !== null) return <Empty icon="lock" title="Rows stay with the client">{refused}. A recording keeps events, not rows.</Empty>;
    if (answer.error !== null && answer.value === null) {
      return (
        <Empty icon="ev-error" tone="c-error" title="The client did not list its entities" actions={<Button icon="replay" label="Try again" onPress={answer.again} />}>
          {answer.error}
        </Empty>
      );
    }
    const detail = current === undefined || entity === undefined ? null : <RowDetail key={`${entity.entity} ${current.id}`} contextId={contextId} entities={entities} entity={entity} row={current} masked={rows.masked} kept={kept} isNow={asOf === null} onClose={() => set({ 'data.row': '' })} />;
    return (
      <NamesContext value={names}>
        <AsOfBar context={context} asOf={asOf} conflicts={kept.conflicts} comparing={compare !== ''} onChange={(to) => set({ 'data.asof': to === null ? '' : String(to), ...(to === null ? { 'data.compare': '' } : {}) })} onCompare={(from) => set(from === null ? { 'data.compare': '' } : { 'data.asof': String(from), 'data.compare': 'differ', 'data.kept': '', 'data.row': '' })} />
        <div className="da-main">
          <EntityList {...lists} then={then} />
          <Split name="data" below={330} detail={detail}>
            <div className="da-gw">
              {list !== null ? (
                <KeptRows list={list} context={context} kept={kept} entities={entities.map((one) => one.entity)} onRow={(to, id) => set({ 'data.entity': to, 'data.kept': '', 'data.row': id, data: id })} />
              ) : compare !== '' && entity !== undefined && asOf !== null ? (
                <>
                  <ComparedRows entity={entity} version={asOf} compared={compared} selected={selected} showValues={showValues} />
                  <div className="cap">
                    <span>
                      {plural(compared.rows.length, 'row')} of {formatCount(asOf)} and now{compared.left === 0 ? '' : `, ${formatCount(compared.left)} more differ`}
                    </span>
                  </div>
                </>
              ) : (
                <RowList entity={entity} rows={rows} then={then} since={since} marks={marks} bases={kept.bases} selected={selected} search={search} only={only} now={now} onSelect={(id) => set({ 'data.row': id })} onClear={() => set({ data: '', 'data.only': '' })} />
              )}
            </div>
          </Split>
        </div>
      </NamesContext>
    );
  };
  return (
    <>
      <DataBar context={context} entity={entity} search={search} picker={present && client.state !== 'recorded' ? <EntityPicker {...lists} /> : null} chips={client.state === 'recorded' ? null : chips} exportOff={exportOff} exporting={exporting} onExporting={setExporting} />
      {body()}
    </>
  );
}

/** What a pruned context holds is not told; another one of the app with rows here has the same entities. */
const sameSchema = (context: ContextNow | undefined, all: readonly ContextNow[]): string | null =>
  context === undefined || context.row.quarantine === null ? null : (all.find(({ row }) => row.partition.present && row.kind === context.row.kind)?.contextId ?? null);

const asRow = ({ id, then, now }: ComparedRow): DataRow => (now === null ? (then ?? { id, version: 0, deviceId: null, timestamp: null, mark: 'confirmed', value: null }) : { id, version: now.version, deviceId: null, timestamp: null, mark: 'confirmed', value: now.value });
