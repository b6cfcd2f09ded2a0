import { useMemo, type ReactNode } from 'react';
import { isOpen, type ContextNow } from '../../../views/context-now.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatAge, formatCount, plural } from '../../../views/format.ts';
import { Button, Chip, FilterField } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name, StateIcon } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { askStress } from '../../dialogs/actions.ts';
import { useCapable, useIndex, useInspector, useNow, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { ContextDetail } from './context-detail.tsx';
import { contextColumns } from './context-columns.tsx';

interface QuickFilter {
  readonly id: string;
  readonly label: string;
  readonly className: string;
  readonly holds: (context: ContextNow, appSchema: number) => boolean;
}

const PRUNABLE_AFTER_MS = 30 * 86_400_000;
const QUICK: readonly QuickFilter[] = [
  { id: '', label: 'All', className: '', holds: () => true },
  { id: 'open', label: 'Open', className: 'p2', holds: isOpen },
  { id: 'behind', label: 'Behind', className: 'p2', holds: ({ behind }) => behind > 0 },
  { id: 'pending', label: 'Pending', className: 'p2', holds: ({ pending }) => pending > 0 },
  { id: 'errors', label: 'Errors', className: 'p3', holds: ({ state }) => state === 'error' },
  { id: 'migration', label: 'Migration due', className: 'p3', holds: ({ row }, appSchema) => row.partition.present && row.schemaVersion < appSchema },
  { id: 'prunable', label: 'Prunable', className: 'p3', holds: (context) => isPrunable(context, Date.now()) },
];

const isPrunable = ({ row, status }: ContextNow, now: number): boolean => status.lifecycle === 'dormant' && row.partition.present && row.kind === 'tenant' && now - (row.lastAccessAt ?? 0) > PRUNABLE_AFTER_MS;

const fieldsOf = (context: ContextNow) => (key: string): string | number | undefined =>
  ({
    state: context.state === 'error' ? 'failed error' : context.status.lifecycle,
    behind: context.behind,
    pending: context.pending,
    conflicts: context.status.conflicts,
    bytes: context.row.partition.present ? context.row.partition.bytes : 0,
    connection: context.status.connection ?? '',
    role: context.row.role,
    kind: context.row.kind,
    schema: context.row.schemaVersion,
    local: context.row.localVersion,
    server: context.row.serverVersion,
  })[key];

/** What is happening now, and why. */
export function ContextsPanel(): ReactNode {
  const inspector = useInspector();
  const contexts = useShownContexts();
  const { selected, fields } = useView();
  const client = useStore(inspector.session.client);
  const now = useNow();
  const { index, revision } = useIndex();
  const text = fields['contexts'] ?? '';
  const quick = fields['contexts.quick'] ?? '';
  const appSchema = contexts.reduce((most, { row }) => Math.max(most, row.schemaVersion), 0);
  const terms = parseFilter(text);
  const chosen = QUICK.find(({ id }) => id === quick) ?? QUICK[0];
  const shown = contexts.filter((context) => (chosen?.holds(context, appSchema) ?? true) && matches(terms, fieldsOf(context), `${context.contextId} ${context.title}`));
  // eslint-disable-next-line react/exhaustive-deps -- the index is one object that grows; its revision says when
  const columns = useMemo(() => contextColumns(index, now, appSchema), [index, revision, now, appSchema]);
  const context = contexts.find(({ contextId }) => contextId === selected);
  const stress = useRefusal('Context.stressSwitch');
  const canStress = useCapable('Context.stressSwitch');
  usePanelKeys({
    C: () => void inspector.copy(JSON.stringify(context ?? shown, null, 2), context === undefined ? 'The list' : context.contextId),
    J: () => step(1),
    K: () => step(-1),
  });
  const step = (by: number): void => {
    const here = shown.findIndex(({ contextId }) => contextId === selected);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    if (next !== undefined) inspector.show({ selected: next.contextId });
  };
  return (
    <>
      <div className="bar">
        <FilterField label="Filter contexts" placeholder="Filter, for example state:active behind:>0" value={text} onChange={(value) => inspector.setField('contexts', value)} />
        <div className="chips" role="group" aria-label="Quick filters">
          {QUICK.map(({ id, label, className, holds }) => (
            <Chip key={id} label={label} className={className} count={formatCount(contexts.filter((one) => holds(one, appSchema)).length)} pressed={id === quick} onPress={() => inspector.setField('contexts.quick', id)} />
          ))}
        </div>
        <span className="grow" />
        {canStress ? <Button className="quiet p3" icon="swap" label="Stress switch…" off={stress} title="Rapid switching; reports every broken invariant" onPress={() => askStress(inspector)} /> : null}
      </div>
      <Attention contexts={contexts} now={now} />
      <Split
        name="contexts"
        below={352}
        detail={context === undefined ? null : <ContextDetail context={context} appSchema={appSchema} onClose={() => inspector.show({ selected: null })} />}
      >
        {shown.length === 0 && contexts.length > 0 ? (
          <Empty icon="filter" title="No context matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('contexts', ''); inspector.setField('contexts.quick', ''); }} />}>
            {plural(contexts.length, 'context')} without the filter.
          </Empty>
        ) : contexts.length === 0 && client.state === 'attached' ? (
          <Empty icon="lc-dormant" title="No contexts yet">This user is a member of none, or the client has not reached its server yet. A context appears here with the first WELCOME that lists it.</Empty>
        ) : (
          <Grid
            label="Contexts"
            columns={columns}
            rows={shown}
            idOf={({ contextId }) => contextId}
            selected={selected}
            onSelect={({ contextId }) => inspector.show({ selected: contextId })}
            onOpen={({ contextId }) => inspector.show({ selected: contextId })}
            loading={client.state === 'opening'}
          />
        )}
      </Split>
    </>
  );
}

/** One line of what is most worth a look. */
function Attention({ contexts, now }: { contexts: readonly ContextNow[]; now: number }): ReactNode {
  const inspector = useInspector();
  const found: { readonly context: ContextNow; readonly icon: ReactNode; readonly text: string }[] = [];
  const all = contexts.reduce((sum, { status }) => sum + status.conflicts, 0);
  for (const context of contexts) {
    const { row, status } = context;
    if (context.state === 'error') found.push({ context, icon: <Icon name="lc-error" className="c-error" />, text: row.lastError?.message ?? 'failed' });
    if (row.listed !== 'yes') found.push({ context, icon: <Icon name="alert" className="c-error" />, text: row.listed === 'revoked' ? 'membership revoked' : 'unlisted, its sync stops' });
    if (all >= 10 && status.conflicts / all >= 0.4) found.push({ context, icon: <Icon name="ev-conflict" className="c-conflict" />, text: `made ${Math.round((100 * status.conflicts) / all)}% of all conflicts` });
    if (status.openConflicts > 0) found.push({ context, icon: <Icon name="ev-conflict" className="c-conflict" />, text: `${plural(status.openConflicts, 'conflict')} open` });
    if (context.pending > 0 && status.lifecycle === 'dormant') found.push({ context, icon: <Icon name="ev-push" className="c-pending" />, text: `holds ${plural(context.pending, 'unsynced write')}${row.lastAccessAt === null ? '' : ` for ${formatAge(now - row.lastAccessAt)}`}` });
    if (context.behind >= 20 && status.lifecycle === 'active') found.push({ context, icon: <StateIcon state="active" />, text: `is ${formatCount(context.behind)} behind, catching up` });
  }
  if (found.length === 0) return null;
  return (
    <div className="attn">
      <b>Needs a look</b>
      {found.slice(0, 5).map(({ context, icon, text }) => (
        <button key={`${context.contextId} ${text}`} type="button" onClick={() => inspector.show({ selected: context.contextId })}>
          {icon}
          <Name text={context.contextId} most={60} /> <span className="rest">{text.slice(0, 120)}</span>
        </button>
      ))}
    </div>
  );
}
