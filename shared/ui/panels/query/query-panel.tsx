import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatCount, plural } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/parts.tsx';
import { Menu } from '../../components/popover.tsx';
import { useContexts, useIndex, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { usePickedContext } from '../context-picker.tsx';
import { tellNoTest } from '../replay/make-test.tsx';
import { BisectView, showInTimeline } from './bisect-view.tsx';
import { Editor } from './editor.tsx';
import { FailureBar } from './failure-bar.tsx';
import { PlanTable } from './plan-table.tsx';
import { LIMITS, QueryBar, SaveQuery } from './query-bar.tsx';
import { deskOf, type Question, type Shown } from './query-desk.ts';
import { QueryRail, type Loaded } from './query-rail.tsx';
import { asObjects, exportResult, ResultBar, ResultCap, type ResultTab } from './result-bar.tsx';
import { ResultChart } from './result-chart.tsx';
import { ResultTable } from './result-table.tsx';
import { BISECT_TEMPLATE, TEMPLATES, titleOf, type Target } from './templates.ts';
import { useNames } from './use-names.ts';

const FIRST = TEMPLATES.find(({ target }) => target === 'recording')?.sql ?? '';
const TABS: readonly ResultTab[] = ['table', 'chart', 'plan', 'bisect'];
type Open = 'nothing' | 'save' | 'queries';

/** Read-only SQL over one context or over the recording. An error keeps the last result. */
export function QueryPanel(): ReactNode {
  const inspector = useInspector();
  const desk = deskOf(inspector);
  const { fields } = useView();
  const { index } = useIndex();
  const contextId = usePickedContext();
  const context = useContexts().find((one) => one.contextId === contextId);
  const refused = useRefusal('Data.query');
  const [result, plan, bisected, failure, running] = [useStore(desk.result), useStore(desk.plan), useStore(desk.bisected), useStore(desk.failure), useStore(desk.running)];
  const saved = useStore(desk.queries.saved);
  const [open, setOpen] = useState<Open>('nothing');
  const [row, setRow] = useState<number | null>(null);
  const [total, setTotal] = useState<{ readonly of: Shown; readonly rows: number } | null>(null);
  const tab = TABS.find((one) => one === fields['query.tab']) ?? 'table';
  const bisects = tab === 'bisect';
  const target: Target = !bisects && fields['query.target'] === 'context' ? 'context' : 'recording';
  const sql = bisects ? (fields['query.bisect'] ?? BISECT_TEMPLATE) : (fields['query'] ?? FIRST);
  const limit = LIMITS.find((one) => String(one) === fields['query.limit']) ?? 1_000;
  const off = target === 'context' ? (refused ?? (contextId === null ? 'There is no context to ask' : context?.row.partition.present === false ? 'This context has no data on this device' : null)) : index.length === 0 ? 'The recording holds no events yet' : null;
  const names = useNames(target, contextId, context?.row.schemaVersion ?? 0);
  const question: Question = { sql, target, contextId: target === 'context' ? contextId : null, limit };
  const set = (part: { readonly [name: string]: string }): void => inspector.show({ fields: { ...inspector.view.get().fields, ...part } });
  const run = (asked: Partial<Question> = {}): void => {
    if (off !== null || sql.trim() === '') return;
    setTotal(null);
    if (bisects) void desk.bisect(sql);
    else if (tab === 'plan') void desk.explain({ ...question, ...asked });
    else void desk.run({ ...question, ...asked }).then(() => setRow(null));
  };
  const toTab = (next: ResultTab): void => {
    set({ 'query.tab': next });
    if (next === 'plan' && off === null && sql.trim() !== '' && !bisects) void desk.explain(question);
  };
  const load = (query: Loaded): void => {
    setOpen('nothing');
    desk.failure.set(null);
    if (query.target === 'bisect') set({ 'query.bisect': query.sql, 'query.tab': 'bisect' });
    else set({ query: query.sql, 'query.target': query.target, 'query.tab': bisects ? 'table' : tab });
  };
  // A first answer without asking: the recording is here, and the query only reads.
  const hasEvents = index.length > 0;
  const first = useRef<(() => void) | null>(null);
  first.current = result === null && failure === null && running === null && target === 'recording' && (tab === 'table' || tab === 'chart') ? run : null;
  useEffect(() => {
    if (hasEvents) first.current?.();
  }, [hasEvents]);
  const copy = (): void => {
    if (bisects && bisected !== null) void inspector.copy(JSON.stringify(bisected, null, 2), 'The search');
    else if (tab === 'plan' && plan !== null) void inspector.copy(JSON.stringify(plan.steps, null, 2), 'The plan');
    else if (result !== null) void inspector.copy(JSON.stringify(row === null ? asObjects(result) : asObjects(result)[row], null, 2), row === null ? 'The rows' : 'The row');
  };
  const rowInTime = (at: number | null): boolean => {
    const place = result === null || at === null ? null : placeOfRow(result, at, inspector);
    if (place !== null) showInTimeline(inspector, place);
    return place !== null;
  };
  usePanelKeys({
    R: () => run(),
    C: copy,
    M: () => tellNoTest(inspector),
    T: () => {
      const found = bisects ? bisected?.result.found : null;
      const place = found === null || found === undefined ? null : placeOfSeq(inspector, bisected?.runId ?? '', found);
      if (place !== null) showInTimeline(inspector, place);
      else if (!rowInTime(row)) inspector.go('timeline');
    },
    'Mod+Enter': () => run(),
    'Mod+S': () => setOpen('save'),
    'Mod+E': () => result !== null && void exportResult(inspector, desk, result, 'csv'),
    ...(running !== null ? { Escape: () => desk.stop() } : row !== null ? { Escape: () => setRow(null) } : {}),
  });
  const isOfContext = result !== null && result.target === 'context';
  const newer = result === null ? 0 : isOfContext ? (context === undefined || result.contextId !== contextId || result.localVersion === null ? 0 : context.row.localVersion - result.localVersion) : index.length - result.events;
  const higher = LIMITS.find((one) => result !== null && one > result.limit) ?? null;
  const shows = bisects ? null : tab === 'plan' ? plan : result;
  return (
    <div className="qu-main">
      <nav className="qu-rail" aria-label="Queries">
        <QueryRail queries={desk.queries} current={{ sql, target: bisects ? 'bisect' : target }} onLoad={load} onSave={() => setOpen('save')} />
      </nav>
      <div className="qu-work">
        <QueryBar
          target={target}
          contextId={contextId}
          localVersion={context?.row.localVersion ?? null}
          limit={limit}
          bisects={bisects}
          running={running}
          off={off}
          onTarget={(next) => set({ 'query.target': next, ...(bisects ? { 'query.tab': 'table' } : {}) })}
          onLimit={(next) => set({ 'query.limit': String(next) })}
          onQueries={() => setOpen('queries')}
          onSave={() => setOpen('save')}
          onBisect={() => toTab(bisects ? 'table' : 'bisect')}
          onRun={() => run()}
          onStop={() => desk.stop()}
        />
        {open === 'save' ? (
          <SaveQuery
            suggested={saved.find((one) => one.sql === sql)?.name ?? titleOf(sql)}
            taken={saved.map(({ name }) => name)}
            onClose={() => setOpen('nothing')}
            onSave={(name) => {
              desk.queries.save({ name, sql, target: bisects ? 'bisect' : target });
              setOpen('nothing');
              inspector.toast({ icon: 'check', tone: 'c-ok', title: `${name} is saved` }, 2_500);
            }}
          />
        ) : open === 'queries' ? (
          <Menu label="Queries" className="qu-menu qu-rail" onClose={() => setOpen('nothing')}>
            <QueryRail queries={desk.queries} current={{ sql, target: bisects ? 'bisect' : target }} onLoad={load} onSave={() => setOpen('save')} />
          </Menu>
        ) : null}
        <Editor value={sql} names={names} error={failure !== null && failure.question.sql === sql ? failure.place : null} onChange={(value) => inspector.setField(bisects ? 'query.bisect' : 'query', value)} onRun={() => run()} onStop={running === null ? null : () => desk.stop()} />
        {failure === null ? null : <FailureBar failure={failure} sql={sql} names={names} keptAt={bisects ? (bisected?.at ?? null) : (result?.at ?? null)} onFix={(next) => set({ [bisects ? 'query.bisect' : 'query']: next })} onClose={() => desk.failure.set(null)} />}
        <section className={`qu-res ${failure !== null ? 'is-kept' : ''}`} aria-label="Result">
          <ResultBar
            tab={tab}
            onTab={toTab}
            result={result}
            plan={plan}
            bisected={bisected}
            running={running}
            edited={shows !== null && (shows.sql !== sql || shows.target !== target)}
            failed={failure !== null && result !== null}
            since={newer > 0 ? `${isOfContext ? plural(newer, 'change') : plural(newer, 'event')} since` : null}
            gaps={index.gaps.length}
            onCopy={copy}
            onExport={(format) => result !== null && void exportResult(inspector, desk, result, format)}
          />
          {bisects ? (
            <BisectView shown={bisected} running={running} edited={bisected !== null && bisected.sql !== sql} />
          ) : tab === 'plan' ? (
            plan === null ? <Empty icon="branch" title="No plan yet">{off ?? 'Run shows how SQLite would read for the query; nothing is run.'}</Empty> : <PlanTable plan={plan} />
          ) : result === null ? (
            <Empty icon="search" title={running === null ? 'Nothing asked yet' : 'Running'}>
              {off ?? <>Write a statement and press <kbd>{modKey('Enter')}</kbd>. It only reads: any change is refused.</>}
            </Empty>
          ) : tab === 'chart' ? (
            <ResultChart result={result} />
          ) : (
            <>
              <ResultTable result={result} selected={row} onSelect={setRow} onOpen={rowInTime} />
              <ResultCap
                result={result}
                total={total?.of === result ? total.rows : null}
                onCount={() => void desk.count(result).then((rows) => rows !== null && setTotal({ of: result, rows }))}
                onMore={
                  higher === null
                    ? null
                    : () => {
                        set({ 'query.limit': String(higher) });
                        void desk.run({ ...result, limit: higher });
                      }
                }
              />
            </>
          )}
          {off !== null && result !== null && !bisects ? (
            <div className="cap">
              <Icon name="info" />
              <span>{off}. What is shown is of {result.target === 'recording' ? 'the recording' : `${result.contextId ?? ''} at ${formatCount(result.localVersion ?? 0)}`}.</span>
            </div>
          ) : null}
        </section>
      </div>
    </div>
  );
}

function placeOfSeq({ session }: ReturnType<typeof useInspector>, runId: string, seq: number): number | null {
  const { index } = session;
  for (let place = 0; place < index.length; place++) if (index.seq[place] === seq && index.runs.at(place) === runId) return place;
  return null;
}

/** The event that a row of the recording is of, by its place, else by its seq. */
function placeOfRow(result: Shown, row: number, inspector: ReturnType<typeof useInspector>): number | null {
  if (result.target !== 'recording') return null;
  const cell = (name: string): unknown => result.rows[row]?.[result.columns.indexOf(name)];
  const [place, seq, runId] = [cell('place'), cell('seq'), cell('runId')];
  if (typeof place === 'number') return place - 1;
  if (typeof seq !== 'number') return null;
  return typeof runId === 'string' ? placeOfSeq(inspector, runId, seq) : inspector.session.index.placeOfSeq(seq);
}
