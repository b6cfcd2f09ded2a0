import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { codeOf, messageOf } from '../../../base/app-error.ts';
import { formatClock, formatCount, formatMs, formatSecond } from '../../../views/format.ts';
import type { SqlValue } from '../../../views/reader.ts';
import { Button, IconButton, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/parts.tsx';
import { useContexts, useIndex, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { ContextSelect, usePickedContext } from '../context-picker.tsx';
import { Editor } from './editor.tsx';
import { ResultChart } from './result-chart.tsx';
import { ResultTable } from './result-table.tsx';
import { TEMPLATES, type Target } from './templates.ts';

export interface Shown {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly truncated: boolean;
  readonly durationMs: number;
  readonly at: number;
  readonly sql: string;
  readonly target: Target;
  readonly contextId: string | null;
  readonly localVersion: number | null;
  readonly events: number;
}

interface Run {
  readonly sql: string;
  readonly target: Target;
  readonly at: number;
  readonly durationMs: number | null;
}

const LIMITS = ['100', '1000', '10000'] as const;
const HISTORY = 'contextscope.queries';
const KEPT = 30;
type Tab = 'table' | 'chart' | 'plan';

/** Read-only SQL over one context or over the recording. An error keeps the last result. */
export function QueryPanel(): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const contextId = usePickedContext();
  const context = useContexts().find((one) => one.contextId === contextId);
  const { index } = useIndex();
  const refused = useRefusal('Data.query');
  const target = (fields['query.target'] ?? 'recording') as Target;
  const sql = fields['query'] ?? TEMPLATES.find((one) => one.target === target)?.sql ?? '';
  const [limit, setLimit] = useState<(typeof LIMITS)[number]>('1000');
  const [result, setResult] = useState<Shown | null>(null);
  const [plan, setPlan] = useState<Shown | null>(null);
  const [error, setError] = useState<{ readonly code: string; readonly message: string } | null>(null);
  const [running, setRunning] = useState(false);
  const [tab, setTab] = useState<Tab>('table');
  const [history, setHistory] = useState<readonly Run[]>(() => readHistory(inspector.host.storage.get(HISTORY)));
  const turn = useRef(0);
  const off = target === 'context' ? (refused ?? (contextId === null ? 'There is no context to ask' : null)) : null;

  const ask = async (statement: string): Promise<Shown> => {
    const base = { at: Date.now(), sql, target, events: index.length };
    if (target === 'recording') return { ...base, ...(await inspector.session.db.table(statement, Number(limit))), contextId: null, localVersion: null };
    const { localVersion, ...answer } = await inspector.session.call('Data.query', { contextId: contextId ?? '', sql: statement, limit: Number(limit), timeoutMs: 2_000 });
    return { ...base, ...answer, rows: answer.rows.map((row) => row.map((value) => (value === null || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)))), contextId, localVersion: localVersion ?? null };
  };
  const run = async (): Promise<void> => {
    if (off !== null || sql.trim() === '') return;
    const mine = ++turn.current;
    setRunning(true);
    let took: number | null = null;
    try {
      const next = await ask(sql);
      took = next.durationMs;
      if (mine !== turn.current) return;
      setResult(next);
      setError(null);
      setPlan(null);
      if (tab === 'plan') void explain();
    } catch (thrown) {
      if (mine === turn.current) setError({ code: codeOf(thrown), message: messageOf(thrown) });
    } finally {
      if (mine === turn.current) setRunning(false);
      const runs = [{ sql, target, at: Date.now(), durationMs: took }, ...history.filter((one) => one.sql !== sql)].slice(0, KEPT);
      setHistory(runs);
      inspector.host.storage.set(HISTORY, JSON.stringify(runs));
    }
  };
  const explain = async (): Promise<void> => {
    setTab('plan');
    try {
      setPlan(await ask(`explain query plan ${sql.replace(/;\s*$/, '')}`));
    } catch (thrown) {
      setError({ code: codeOf(thrown), message: messageOf(thrown) });
    }
  };
  useEffect(() => {
    // A first answer without asking: the recording is here, and the query only reads.
    if (result === null && target === 'recording' && index.length > 0) void run();
  }, [index.length > 0]); // eslint-disable-line react/exhaustive-deps -- once, when there is something to read
  usePanelKeys({ R: () => void run(), 'Mod+Enter': () => void run(), C: () => result !== null && void inspector.copy(JSON.stringify(result.rows.map((row) => Object.fromEntries(result.columns.map((column, i) => [column, row[i] ?? null]))), null, 2), 'The rows') });
  const load = (next: { readonly sql: string; readonly target: Target }): void => inspector.show({ fields: { ...fields, query: next.sql, 'query.target': next.target } });
  const stale = result === null ? null : result.target === 'recording' ? (index.length > result.events ? `${formatCount(index.length - result.events)} events since` : null) : context !== undefined && result.localVersion !== null && context.row.localVersion > result.localVersion ? `${formatCount(context.row.localVersion - result.localVersion)} changes since` : null;
  const names = useMemo(() => (target === 'context' && result?.target === 'context' ? result.columns : []), [target, result]);
  return (
    <div className="qu-main">
      <nav className="qu-rail" aria-label="Queries">
        <div className="scroll">
          <h3>
            Templates <span>{TEMPLATES.length}</span>
          </h3>
          <ul>
            {TEMPLATES.map((template) => (
              <li key={template.title}>
                <button type="button" className={`qu-q ${template.sql === sql ? 'is-selected' : ''}`} onClick={() => load(template)}>
                  <Icon name={template.target === 'context' ? 'db' : 'clock'} className="t3" />
                  <span className="id">{template.title}</span>
                </button>
              </li>
            ))}
          </ul>
          <h3>
            History <span>{history.length}</span>
          </h3>
          <ul>
            {history.map((one) => (
              <li key={`${one.at} ${one.sql.slice(0, 40)}`}>
                <button type="button" className="qu-hq" onClick={() => load(one)}>
                  <span className="sql mono clip">{one.sql.replaceAll(/\s+/g, ' ').slice(0, 60)}</span>
                  <span className="mono t3">{formatSecond(one.at)}</span>
                  <span className={`num mono ${one.durationMs === null ? 'c-error' : 't3'}`}>{one.durationMs === null ? 'error' : formatMs(one.durationMs)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div className="qu-rf t3">
          <Icon name="db" /> one context <Icon name="clock" /> recording
        </div>
      </nav>
      <div className="qu-work">
        <div className="bar">
          <Segments<Target>
            label="What to ask"
            value={target}
            onChange={(value) => inspector.setField('query.target', value)}
            options={[
              { value: 'context', label: <><Icon name="db" />One context</> },
              { value: 'recording', label: <><Icon name="clock" />Recording</> },
            ]}
          />
          {target === 'context' ? (
            <>
              <ContextSelect value={contextId} />
              <span className="t3 p3 qu-why">
                <Icon name="lock" />
                <span className="p4">One context per query</span>
              </span>
            </>
          ) : null}
          <span className="grow" />
          <span className="t2 p3">Limit</span>
          <Segments label="Limit" className="p3" value={limit} onChange={setLimit} options={LIMITS.map((value) => ({ value, label: formatCount(Number(value)) }))} />
          <Button className="primary" icon="play" label={running ? 'Running' : 'Run'} kbd="Ctrl Enter" off={off} onPress={() => void run()} />
        </div>
        <Editor value={sql} names={names} error={error?.message ?? null} onChange={(value) => inspector.setField('query', value)} onRun={() => void run()} />
        {error === null ? null : (
          <div className="qu-err" role="alert">
            <Icon name="ev-error" className="c-error" />
            <span>
              <b>{error.code === 'INTERNAL' ? 'Error' : error.code}</b> <span className="mono">{error.message.slice(0, 400)}</span>
            </span>
            <span className="grow" />
            {result === null ? null : <span className="t2">Below is the result of {formatClock(result.at)}.</span>}
            <IconButton icon="close" label="Dismiss" onPress={() => setError(null)} />
          </div>
        )}
        <div className="bar qu-rb">
          <div className="subtabs qu-tabs" role="tablist" aria-label="Result">
            {(['table', 'chart', 'plan'] as const).map((name) => (
              <button key={name} type="button" role="tab" aria-selected={tab === name} tabIndex={tab === name ? 0 : -1} onClick={() => (name === 'plan' ? void explain() : setTab(name))}>
                {name.charAt(0).toUpperCase() + name.slice(1)}
              </button>
            ))}
          </div>
          {result === null ? null : (
            <>
              <b>{formatCount(result.rows.length)} rows</b>
              {result.truncated ? <span className="tag tint-pending">more exist</span> : null}
              <span className="t2">
                {formatMs(result.durationMs)}, {result.localVersion === null ? '' : `at version ${formatCount(result.localVersion)}, `}run {formatSecond(result.at)}
              </span>
              {stale === null ? null : <span className="tag line p2">{stale}</span>}
              {result.sql === sql ? null : <span className="tag line p2">query edited</span>}
              <span className="grow" />
              <Button className="quiet p2" icon="download" label="CSV" onPress={() => inspector.host.files.save('query.csv', new Blob([csv(result)], { type: 'text/csv' }))} />
              <Button className="quiet p2" icon="download" label="JSON" onPress={() => inspector.host.files.save('query.json', new Blob([JSON.stringify({ columns: result.columns, rows: result.rows })], { type: 'application/json' }))} />
            </>
          )}
        </div>
        {tab === 'plan' ? plan === null ? <Empty icon="branch" title="No plan yet">Run the query to see how SQLite reads for it.</Empty> : <Plan plan={plan} /> : result === null ? <Empty icon="search" title="Nothing asked yet">{off ?? 'Write a statement and press Ctrl Enter. It only reads: any change is refused.'}</Empty> : tab === 'chart' ? <ResultChart result={result} /> : <ResultTable result={result} />}
      </div>
    </div>
  );
}

function Plan({ plan }: { plan: Shown }): ReactNode {
  const [id, parent, detail] = ['id', 'parent', 'detail'].map((name) => plan.columns.indexOf(name));
  const depth = new Map<SqlValue, number>();
  return (
    <ol className="scroll qu-plan" tabIndex={0} aria-label="How SQLite reads">
      {plan.rows.map((row, index) => {
        const level = (depth.get(row[parent ?? 1] ?? null) ?? -1) + 1;
        depth.set(row[id ?? 0] ?? null, level);
        const text = String(row[detail ?? 3] ?? row.join(' '));
        return (
          <li key={index} className="mono" style={{ paddingInlineStart: 12 + level * 18 }}>
            <span className={text.startsWith('SCAN') ? 'c-conflict' : text.startsWith('SEARCH') ? 'c-ok' : ''}>{text}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** A field that starts like a formula gets a quote in front: a spreadsheet must not run what a row holds. */
function csv(result: Shown): string {
  const cell = (value: SqlValue): string => {
    const text = value === null ? '' : typeof value === 'string' && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [result.columns.map(cell).join(','), ...result.rows.map((row) => row.map(cell).join(','))].join('\n');
}

function readHistory(text: string | null): readonly Run[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRun).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

function isRun(one: unknown): one is Run {
  const { sql, at } = typeof one === 'object' && one !== null ? (one as { sql?: unknown; at?: unknown }) : {};
  return typeof sql === 'string' && typeof at === 'number';
}
