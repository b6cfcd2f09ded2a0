import { useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import { lastFetches, type Fetch } from '../../../views/fetches.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatBytes, formatCount, formatSecond, plural } from '../../../views/format.ts';
import { planStorage, type Fate, type StorageLine } from '../../../views/storage-plan.ts';
import { Button, Chip, FilterField, IconButton } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Empty } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { newCommandId } from '../../dialogs/actions.ts';
import { useInspector, useNow, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';
import type { PendingChoice } from './pending-choice.tsx';
import { StorageBand } from './storage-band.tsx';
import { canGo, storageColumns } from './storage-columns.tsx';
import { StorageDetail } from './storage-detail.tsx';

const NO_FETCHES: ReadonlyMap<string, Fetch> = new Map();
const NOT_REFUSED: ReadonlyMap<string, string> = new Map();
const FATES: readonly { readonly id: string; readonly label: string; readonly fate: Fate | null; readonly className: string }[] = [
  { id: '', label: 'All', fate: null, className: '' },
  { id: 'goes', label: 'Goes', fate: 'goes', className: 'p3' },
  { id: 'blocked', label: 'Blocked', fate: 'blocked', className: 'p3' },
  { id: 'kept', label: 'Kept', fate: 'kept', className: 'p3' },
  { id: 'empty', label: 'No data', fate: 'empty', className: 'p4' },
];
interface DryRun {
  readonly at: number;
  readonly refused: ReadonlyMap<string, string>;
  readonly frees: number;
}

/** Where the bytes are, what a limit would free, and what stops it. */
export function StoragePanel(): ReactNode {
  const inspector = useInspector();
  const contexts = useShownContexts();
  const { fields, selected, cursor } = useView();
  const client = useStore(inspector.session.client);
  const now = useNow();
  const refusedPolicy = useRefusal('Registry.policy');
  const refusedPrune = useRefusal('Context.prune');
  const policy = useAnswer(`policy ${refusedPolicy ?? ''}`, refusedPolicy === null ? () => inspector.session.call('Registry.policy', {}) : null).value;
  const place = inspector.place();
  const fetches = useRead(`fetches ${cursor ?? 'live'}`, (read) => lastFetches(read, place)).value ?? NO_FETCHES;
  const [days, setDays] = useState<number | null>(null);
  // Undefined: that of the app.
  const [ownQuota, setOwnQuota] = useState<number | null | undefined>(undefined);
  const [choice, setChoice] = useState<PendingChoice>('refuse');
  // Ticks that a person turned: what can go is on by itself, what is blocked is off until its writes have a choice.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [dryRun, setDryRun] = useState<DryRun | null>(null);
  const limit = days ?? policy?.pruneAfterDays ?? 30;
  const quota = ownQuota === undefined ? (policy?.quotaBytes ?? null) : ownQuota;
  const plan = planStorage(contexts, now, limit, quota);
  const text = fields['storage'] ?? '';
  const quick = fields['storage.fate'] ?? '';
  const terms = parseFilter(text);
  const shown = plan.lines.filter((line) => (quick === '' || line.fate === quick) && matches(terms, fieldsOf(line), `${line.context.contextId} ${line.context.title}`));
  const isOn = ({ context: { contextId }, fate }: StorageLine): boolean => (fate === 'goes' || (fate === 'blocked' && choice !== 'refuse')) !== turned.has(contextId);
  const able = plan.lines.filter(canGo);
  const picked = able.filter(isOn).map(({ context: { contextId } }) => contextId);
  const turn = (ids: readonly string[]): void =>
    setTurned((before) => {
      const after = new Set(before);
      for (const id of ids) if (!after.delete(id)) after.add(id);
      return after;
    });
  const turnAll = (): void => turn(able.filter((line) => isOn(line) === (picked.length === able.length)).map(({ context: { contextId } }) => contextId));
  const context = contexts.find(({ contextId }) => contextId === selected);
  const off = refusedPrune ?? (picked.length === 0 ? (able.length === 0 ? 'Nothing matches the limit' : 'Nothing is ticked') : null);
  const offRun = refusedPrune ?? (able.length === 0 ? 'Nothing matches the limit' : null);
  const run = async (): Promise<void> => {
    if (offRun !== null) return;
    try {
      const { items, frees } = await inspector.session.call('Context.prune', { commandId: newCommandId(), contexts: picked.length > 0 ? picked : able.map(({ context: { contextId } }) => contextId), pending: choice, dryRun: true });
      setDryRun({ at: Date.now(), frees, refused: new Map(items.flatMap(({ contextId, outcome, reason }) => (outcome === 'refused' ? [[contextId, reason ?? 'refused'] as const] : []))) });
    } catch (thrown) {
      inspector.toast({ icon: 'alert', tone: 'c-error', title: 'The dry run failed', text: messageOf(thrown), alert: true });
    }
  };
  const prune = (contextIds: readonly string[]): void => inspector.dialog.set({ kind: 'prune', contextIds, pending: choice });
  usePanelKeys({ R: () => void run(), C: () => void inspector.copy(JSON.stringify(plan.lines.map(({ context: { contextId }, bytes, fate, why }) => ({ contextId, bytes, fate, why })), null, 2), 'The plan') });
  const columns = storageColumns({ limit, isOn, fetches, all: picked.length === 0 ? 'off' : picked.length === able.length ? 'on' : 'some', refused: dryRun?.refused ?? NOT_REFUSED, onTick: (id) => turn([id]), onAll: turnAll, onLimit: setDays });
  return (
    <>
      <div className="bar">
        <FilterField label="Filter contexts of the storage" placeholder="Filter, for example bytes:>200000000" value={text} onChange={(value) => inspector.setField('storage', value)} />
        <div className="chips" role="group" aria-label="Quick filters">
          {FATES.map(({ id, label, fate, className }) => (
            <Chip key={label} label={label} className={className} count={formatCount(fate === null ? plan.lines.length : plan.lines.filter((line) => line.fate === fate).length)} pressed={quick === id} onPress={() => inspector.setField('storage.fate', id)} />
          ))}
        </div>
        <span className="grow" />
        <span className="t2 p4" role="status">
          {dryRun === null ? '' : `Dry run ${formatSecond(dryRun.at)}: ${formatBytes(dryRun.frees)}${dryRun.refused.size === 0 ? '' : `, ${plural(dryRun.refused.size, 'context')} refused`}, nothing deleted`}
        </span>
        <IconButton className="p2" icon="replay" label="Dry run by the client (R)" off={offRun} onPress={() => void run()} />
        <Button className="danger" icon="prune" label={`Prune ${plural(picked.length, 'context')}…`} off={off} onPress={() => prune(picked)} />
      </div>
      <StorageBand plan={plan} contexts={contexts} now={now} limit={limit} quota={quota} changed={policy !== null && (limit !== (policy.pruneAfterDays ?? 30) || quota !== policy.quotaBytes)} onLimit={setDays} onQuota={setOwnQuota} onPolicy={() => { setDays(null); setOwnQuota(undefined); }} />
      <Split name="storage" below={256} detail={context === undefined ? null : <StorageDetail context={context} plan={plan} limit={limit} choice={choice} onChoice={setChoice} onPrune={prune} onClose={() => inspector.show({ selected: null })} />}>
        {contexts.length === 0 && client.state === 'attached' ? (
          <Empty icon="db" title="Nothing is stored">A partition appears when a context is activated for the first time.</Empty>
        ) : shown.length === 0 && contexts.length > 0 ? (
          <Empty icon="filter" title="No context matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('storage', ''); inspector.setField('storage.fate', ''); }} />}>
            {plural(contexts.length, 'context')} without the filter.
          </Empty>
        ) : (
          <Grid
            label="Storage by context, least recently used first"
            className="so-grid"
            columns={columns}
            rows={shown}
            idOf={(line) => line.context.contextId}
            selected={selected}
            onSelect={(line) => inspector.show({ selected: line.context.contextId })}
            loading={client.state === 'opening'}
            group={(sorted) => [...sorted.map((row) => ({ row })), { key: 'sum', group: <Sums lines={sorted} picked={picked} /> }]}
            onKey={(event, line) => {
              if (event.key !== ' ' || line === undefined || !canGo(line)) return;
              event.preventDefault();
              turn([line.context.contextId]);
            }}
          />
        )}
      </Split>
    </>
  );
}

/** What the shown lines come to. */
function Sums({ lines, picked }: { lines: readonly StorageLine[]; picked: readonly string[] }): ReactNode {
  const stored = lines.filter(({ bytes }) => bytes > 0);
  const count = (fate: Fate): number => lines.filter((line) => line.fate === fate).length;
  const sum = (of: readonly StorageLine[]): string => formatBytes(of.reduce((total, { bytes }) => total + bytes, 0));
  return (
    <span className="so-sum">
      <b>{plural(stored.length, 'partition')}</b>
      <b>{sum(stored)}</b>
      <span>
        {count('goes')} go, {count('blocked')} blocked, {count('kept')} kept, {count('empty')} without data
      </span>
      <span className="p2">{sum(lines.filter(({ context }) => picked.includes(context.contextId)))} with what is ticked</span>
    </span>
  );
}

const fieldsOf = ({ context, bytes, days, fate }: StorageLine) => (key: string): string | number | undefined => ({ bytes, days: days ?? 0, fate, state: context.state, pending: context.pending, kind: context.row.kind })[key];
