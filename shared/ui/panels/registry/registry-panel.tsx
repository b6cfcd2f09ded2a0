import { useRef, useState, type ReactNode } from 'react';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatCount, formatSecond, plural } from '../../../views/format.ts';
import { Button, Chip, FilterField, Segments } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, LinkButton, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useCapable, useInspector, useNow, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { newCommandId } from '../../dialogs/actions.ts';
import { progressText } from '../../state/use-progress.ts';
import { BulkBar } from './bulk-bar.tsx';
import { FileDetail } from './file-detail.tsx';
import { groupedRows, type Grouping } from './grouped-rows.tsx';
import { bytesOf, checkWord, isFinding, registryColumns, type Line } from './registry-columns.tsx';
import { RegistryDetail } from './registry-detail.tsx';

const QUICK = [
  { id: '', label: 'All', className: '', holds: () => true },
  { id: 'disk', label: 'On disk', className: 'p3', holds: (line: Line) => bytesOf(line) > 0 },
  { id: 'none', label: 'No data', className: 'p4', holds: (line: Line) => line.context !== null && !line.context.row.partition.present },
  { id: 'findings', label: 'Findings', className: 'p2', holds: (line: Line) => isFinding(line.finding) },
];

/** What this device knows and holds, and whether row, disk and server agree. */
export function RegistryPanel(): ReactNode {
  const inspector = useInspector();
  const contexts = useShownContexts();
  const { selected, fields, cursor, contexts: kept } = useView();
  const client = useStore(inspector.session.client);
  const now = useNow();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [withServer, setWithServer] = useState(false);
  const canCheck = useCapable('Registry.check');
  const commandId = useRef('');
  const refused = useRefusal('Registry.check') ?? (cursor === null ? null : 'Files and server can be read as they are now only');
  const check = useAnswer(`check ${withServer} ${refused ?? ''} ${client.state}`, refused !== null ? null : () => inspector.session.call('Registry.check', { commandId: (commandId.current = newCommandId()), disk: true, server: withServer }));
  const progress = useStore(inspector.session.progress).get(commandId.current);
  const text = fields['registry'] ?? '';
  const quick = fields['registry.quick'] ?? '';
  const grouping = (fields['registry.group'] ?? 'endpoint') as Grouping;
  const file = fields['registry.file'] ?? '';
  const appSchema = contexts.reduce((most, { row }) => Math.max(most, row.schemaVersion), 0);
  const terms = parseFilter(text);
  const findings = check.value?.findings ?? [];
  const lines: Line[] = [
    ...contexts.map((context) => ({ id: context.contextId, context, finding: findings.find(({ contextId }) => contextId === context.contextId) ?? null })),
    ...(kept.length > 0 ? [] : findings.filter(({ check: found, row }) => found === 'unknown-file' && row === undefined).map((finding) => ({ id: `file:${finding.file ?? ''}`, context: null, finding }))),
  ];
  const chosen = QUICK.find(({ id }) => id === quick) ?? QUICK[0];
  const shown = lines.filter((line) => (chosen?.holds(line) ?? true) && matches(terms, fieldsOf(line), `${line.id} ${line.context?.title ?? ''} ${line.context?.row.partition.file ?? ''}`));
  const rows = shown.flatMap(({ context }) => (context === null ? [] : [context.contextId]));
  const picked = rows.filter((id) => ticked.has(id));
  const [anchor, setAnchor] = useState<string | null>(null);
  const tick = (id: string, shift: boolean): void => {
    const from = anchor === null ? -1 : rows.indexOf(anchor);
    const to = rows.indexOf(id);
    const range = shift && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
    setAnchor(id);
    setTicked((before) => {
      const after = new Set(before);
      const on = !before.has(id);
      for (const one of range) {
        if (on) after.add(one);
        else after.delete(one);
      }
      return after;
    });
  };
  const tickGroup = (ids: readonly string[], on: boolean): void =>
    setTicked((before) => {
      const after = new Set(before);
      for (const id of ids) {
        if (on) after.add(id);
        else after.delete(id);
      }
      return after;
    });
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const fold = (group: string): void =>
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(group)) after.add(group);
      return after;
    });
  // Asked with the server from now on; the second press asks again.
  const compare = (): void => {
    if (withServer) check.again();
    else setWithServer(true);
  };
  const tickAll = (): void => setTicked(picked.length === rows.length ? new Set() : new Set(rows));
  const columns = registryColumns(now, appSchema, ticked, picked.length === 0 ? 'off' : picked.length === rows.length ? 'on' : 'some', tick, tickAll);
  const context = contexts.find(({ contextId }) => contextId === selected);
  const openFile = file === '' ? undefined : lines.find(({ id }) => id === `file:${file}`);
  usePanelKeys({ R: check.again, C: () => void inspector.copy(JSON.stringify(context?.row ?? shown.map((line) => line.context?.row ?? line.finding), null, 2), 'The row') });
  const detail =
    openFile !== undefined && openFile.context === null ? (
      <FileDetail finding={openFile.finding} onClose={() => inspector.setField('registry.file', '')} />
    ) : context === undefined ? null : (
      <RegistryDetail context={context} finding={findings.find(({ contextId }) => contextId === context.contextId) ?? null} at={check.value?.at ?? null} onAsk={compare} onClose={() => inspector.show({ selected: null })} />
    );
  return (
    <>
      <div className="bar">
        <FilterField label="Filter registry rows" placeholder="Filter, for example role:reader check:differs" value={text} onChange={(value) => inspector.setField('registry', value)} />
        <div className="chips" role="group" aria-label="Quick filters">
          {QUICK.map(({ id, label, className, holds }) => (
            <Chip key={id} label={label} className={className} count={formatCount(lines.filter((line) => holds(line) && (id !== '' || line.context !== null)).length)} pressed={id === quick} onPress={() => inspector.setField('registry.quick', id)} />
          ))}
        </div>
        <span className="grow" />
        <span className="t2 p3">Group by</span>
        <Segments<Grouping> label="Group by" className="p2" value={grouping} onChange={(value) => inspector.setField('registry.group', value)} options={[{ value: 'endpoint', label: 'Endpoint' }, { value: 'kind', label: 'Kind' }, { value: 'none', label: 'None' }]} />
        {canCheck ? <Button className="quiet p4" icon="server" label="Compare with server" off={refused} title="Asks each server for the contexts of this user on a connection of its own. The client keeps its rows" onPress={compare} /> : null}
      </div>
      {picked.length > 0 ? <BulkBar contexts={contexts.filter(({ contextId }) => picked.includes(contextId))} onCompare={compare} compareOff={refused} onClear={() => setTicked(new Set())} /> : <Checked lines={lines} at={check.value?.at ?? null} error={refused ?? check.error} loading={check.loading ? `Comparing rows with files${withServer ? ' and the server' : ''}${progress === undefined ? '' : `, ${progressText(progress)}`}` : null} onAgain={check.again} />}
      <Split name="registry" below={302} detail={detail}>
        {shown.length === 0 && lines.length > 0 ? (
          <Empty icon="filter" title="No row matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('registry', ''); inspector.setField('registry.quick', ''); }} />}>
            {plural(contexts.length, 'row')} without the filter.
          </Empty>
        ) : lines.length === 0 && client.state === 'attached' ? (
          <Empty icon="db" title="The registry is empty">This device knows no context yet. A row appears with the first WELCOME that lists one, and stays when its data is pruned.</Empty>
        ) : (
          <Grid
            label="Registry rows"
            className="rg-grid"
            columns={columns}
            rows={shown}
            idOf={({ id }) => id}
            selected={openFile?.id ?? selected}
            multiselectable
            onSelect={(line) => {
              inspector.setField('registry.file', line.context === null ? line.id.slice(5) : '');
              if (line.context !== null) inspector.show({ selected: line.id });
            }}
            group={(sorted) => groupedRows(sorted, grouping, { now, ticked, closed, onTick: tickGroup, onFold: fold })}
            onKey={(event, line) => {
              if (event.key === ' ' && line !== undefined) {
                event.preventDefault();
                tick(line.id, event.shiftKey);
              } else if (event.key === 'Escape' && picked.length > 0) {
                event.preventDefault();
                event.stopPropagation();
                setTicked(new Set());
              } else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                tickAll();
              }
            }}
          />
        )}
      </Split>
    </>
  );
}

const fieldsOf = (line: Line) => (key: string): string | number | undefined => {
  const { context, finding } = line;
  const check = finding === null ? '' : `${finding.check} ${checkWord(finding).text}${isFinding(finding) ? ' differs' : ''}`;
  if (key === 'check') return check;
  if (context === null) return undefined;
  const { row } = context;
  return { role: row.role, kind: row.kind, lifecycle: row.lifecycle, state: context.state, endpoint: row.endpoint, schema: row.schemaVersion, bytes: bytesOf(line), pending: row.pendingWrites, listed: row.listed, user: row.userId }[key];
};

function Checked({ lines, at, error, loading, onAgain }: { lines: readonly Line[]; at: number | null; error: string | null; loading: string | null; onAgain: () => void }): ReactNode {
  const inspector = useInspector();
  if (at === null) return error === null && loading === null ? null : <div className="attn rg-attn t2">{error ?? loading}</div>;
  const rows = lines.filter(({ context }) => context !== null);
  const count = (...checks: readonly string[]): number => rows.filter(({ finding }) => finding !== null && checks.includes(finding.check)).length;
  const unreached = count('server-unreachable');
  const unasked = count('not-compared');
  const found = lines.filter(({ finding }) => isFinding(finding));
  return (
    <div className="attn rg-attn">
      <b>Checked {formatSecond(at)}</b>
      <span className="rg-ok">
        <Icon name="check" className="c-ok" />
        {count('agrees', 'not-compared', 'server-unreachable')} of {rows.length} rows agree with the disk{unasked + unreached === 0 ? ' and the server' : unasked > 0 ? ', the server was not asked' : ''}
      </span>
      {unreached === 0 ? null : (
        <span className="c-pending">
          <Icon name="alert" /> {plural(unreached, 'row')} not compared: the server cannot be reached now
        </span>
      )}
      {found.slice(0, 4).map((line) =>
        line.finding === null ? null : (
          <button key={line.id} type="button" onClick={() => (line.context === null ? inspector.setField('registry.file', line.finding?.file ?? '') : inspector.show({ selected: line.id }))}>
            <Icon name="alert" className={checkWord(line.finding).tone} />
            <span className={line.context === null ? 'mono' : ''}>
              <Name text={line.context === null ? (line.finding.file ?? '') : line.id} most={60} />
            </span>{' '}
            <span className="rest">{(line.finding.message || checkWord(line.finding).text).slice(0, 100)}</span>
          </button>
        ),
      )}
      <span className="grow" />
      {loading === null ? null : (
        <span className="t2" role="status">
          {loading}
        </span>
      )}
      <LinkButton className="p4" onPress={onAgain}>
        Check again
      </LinkButton>
    </div>
  );
}
