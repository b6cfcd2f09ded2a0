import { useState, type ReactNode } from 'react';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatAge, formatBytes, formatCount, plural } from '../../../views/format.ts';
import { planStorage, type Fate, type StorageLine } from '../../../views/storage-plan.ts';
import { Button, Chip, FilterField, Tick } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Empty, Name, StateIcon } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useInspector, useNow, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useAnswer } from '../../state/use-read.ts';
import { axis } from './axis.ts';
import { StorageBand } from './storage-band.tsx';
import { StorageDetail } from './storage-detail.tsx';

const FATES: readonly { readonly id: string; readonly label: string; readonly fate: Fate | null; readonly className: string }[] = [
  { id: '', label: 'All', fate: null, className: '' },
  { id: 'goes', label: 'Goes', fate: 'goes', className: 'p3' },
  { id: 'blocked', label: 'Blocked', fate: 'blocked', className: 'p3' },
  { id: 'kept', label: 'Kept', fate: 'kept', className: 'p3' },
  { id: 'empty', label: 'No data', fate: 'empty', className: 'p4' },
];
const FATE_TONES: { readonly [fate in Fate]: string } = { goes: 'c-prune', blocked: 'c-pending', kept: 'c-active', empty: 't3' };
const WORDS: { readonly [fate in Fate]: string } = { goes: 'Goes', blocked: 'Blocked', kept: 'Kept', empty: 'No data' };
/** Where the bytes are, what a limit would free, and what stops it. */
export function StoragePanel(): ReactNode {
  const inspector = useInspector();
  const contexts = useShownContexts();
  const { fields, selected } = useView();
  const now = useNow();
  const refusedPolicy = useRefusal('Registry.policy');
  const refusedPrune = useRefusal('Context.prune');
  const policy = useAnswer(`policy ${refusedPolicy ?? ''}`, refusedPolicy === null ? () => inspector.session.call('Registry.policy', {}) : null).value;
  const [days, setDays] = useState<number | null>(null);
  // Ticks that a person turned: what can go is on by itself, what is blocked is off.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const limit = days ?? policy?.pruneAfterDays ?? 30;
  const quota = policy?.quotaBytes ?? null;
  const plan = planStorage(contexts, now, limit, quota);
  const text = fields['storage'] ?? '';
  const quick = fields['storage.fate'] ?? '';
  const terms = parseFilter(text);
  const shown = plan.lines.filter((line) => (quick === '' || line.fate === quick) && matches(terms, fieldsOf(line), `${line.context.contextId} ${line.context.title}`));
  const isOn = ({ context: { contextId }, fate }: StorageLine): boolean => (fate === 'goes') !== turned.has(contextId);
  const picked = plan.lines.filter((line) => (line.fate === 'goes' || line.fate === 'blocked') && isOn(line)).map(({ context: { contextId } }) => contextId);
  const tick = (id: string): void =>
    setTurned((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const most = Math.max(1, ...plan.lines.map(({ bytes }) => bytes));
  const context = contexts.find(({ contextId }) => contextId === selected);
  usePanelKeys({ C: () => void inspector.copy(JSON.stringify(plan.lines.map(({ context: { contextId }, bytes, fate, why }) => ({ contextId, bytes, fate, why })), null, 2), 'The plan') });
  const columns: readonly Column<StorageLine>[] = [
    { id: 'tick', header: '', name: 'Pruned', className: 'gut', width: 26, cell: (line) => (line.fate === 'goes' || line.fate === 'blocked' ? <Tick label={`Prune ${line.context.contextId.slice(0, 60)}`} state={isOn(line) ? 'on' : 'off'} onPress={() => tick(line.context.contextId)} /> : null) },
    { id: 'context', header: 'Context', className: 'w-ctx', sort: ({ context: { contextId } }) => contextId, cell: ({ context: { contextId, title, state } }) => <><StateIcon state={state} /><b><Name text={contextId} most={80} /></b> <span className="t2 p4"><Name text={title} most={80} /></span></> },
    { id: 'bytes', header: 'Bytes', numeric: true, width: 76, sort: ({ bytes }) => bytes, cellClass: ({ bytes }) => (bytes === 0 ? 'zero' : ''), cell: ({ bytes }) => formatBytes(bytes) },
    { id: 'size', header: 'Size', priority: 3, width: 128, cell: ({ bytes, fate }) => <span className={`so-bar ${FATE_TONES[fate]}`}><i style={{ width: `${(100 * bytes) / most}%` }} /></span> },
    { id: 'axis', header: <Axis limit={limit} />, name: 'Days without access', priority: 2, className: 'so-axc', cell: ({ days: idle, fate }) => <Idle days={idle} fate={fate} limit={limit} /> },
    { id: 'idle', header: 'Unused', numeric: true, width: 70, sort: ({ days: idle }) => idle ?? -1, cell: ({ days: idle, context: { row } }) => <span className={idle === null ? 't2' : ''}>{row.kind === 'ambient' ? 'always' : idle === null ? 'now' : Number.isFinite(idle) ? formatAge(idle * 86_400_000) : 'never'}</span> },
    { id: 'fate', header: 'What the rule does', className: 'so-wf', width: 210, sort: ({ fate }) => fate, cell: ({ fate, why }) => <><span className={FATE_TONES[fate]}>{WORDS[fate]}</span><span className="t2 p2">, {why}</span></> },
    { id: 'frees', header: 'Frees', priority: 2, numeric: true, width: 76, sort: ({ bytes, fate }) => (fate === 'goes' ? bytes : 0), cellClass: ({ fate }) => (fate === 'goes' ? '' : 'zero'), cell: ({ bytes, fate }) => formatBytes(fate === 'goes' ? bytes : 0) },
  ];
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
        <Button className="danger" icon="prune" label={`Prune ${plural(picked.length, 'context')}…`} off={refusedPrune ?? (picked.length === 0 ? 'Nothing matches the limit' : null)} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: picked })} />
      </div>
      <StorageBand plan={plan} contexts={contexts} now={now} limit={limit} quota={quota} policyDays={policy?.pruneAfterDays ?? null} onLimit={setDays} />
      <Split name="storage" below={256} detail={context === undefined ? null : <StorageDetail context={context} line={plan.lines.find((line) => line.context.contextId === context.contextId)} limit={limit} onClose={() => inspector.show({ selected: null })} />}>
        {shown.length === 0 ? (
          <Empty icon="filter" title={contexts.length === 0 ? 'Nothing is stored' : 'No context matches'} actions={contexts.length === 0 ? undefined : <Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('storage', ''); inspector.setField('storage.fate', ''); }} />} />
        ) : (
          <Grid label="Storage by context, least recently used first" className="so-grid" columns={columns} rows={shown} idOf={(line) => line.context.contextId} selected={selected} onSelect={(line) => inspector.show({ selected: line.context.contextId })} />
        )}
      </Split>
    </>
  );
}

const fieldsOf = ({ context, bytes, days, fate }: StorageLine) => (key: string): string | number | undefined => ({ bytes, days: days ?? 0, fate, state: context.state, pending: context.pending, kind: context.row.kind })[key];

const TICKS = [1, 3, 7, 14, 30, 60, 120];

function Axis({ limit }: { limit: number }): ReactNode {
  return (
    <span className="so-ticks2">
      {TICKS.map((tick) => (
        <span key={tick} className={tick === limit ? 'on' : ''} style={{ left: `${axis(tick)}%` }}>
          {tick === 1 ? '1 d' : tick}
        </span>
      ))}
    </span>
  );
}

function Idle({ days, fate, limit }: { days: number | null; fate: Fate; limit: number }): ReactNode {
  const at = days === null ? 0 : axis(days);
  return (
    <span className="so-ax2" role="img" aria-label={days === null ? 'in use' : `${Math.round(Math.min(days, 9_999))} days`}>
      <i className="so-past" style={{ left: `${axis(limit)}%` }} />
      {days === null ? null : <i className={`so-ln ${FATE_TONES[fate]}`} style={{ width: `${at}%` }} />}
      <i className={`so-pt2 ${FATE_TONES[fate]}`} style={{ left: `${at}%` }} />
    </span>
  );
}
