import type { ReactNode } from 'react';
import { csvOf } from '../../../views/csv.ts';
import { formatClock, formatCount, formatMs, formatSecond, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { LinkButton } from '../../components/parts.tsx';
import { SubTabs } from '../../components/sub-tabs.tsx';
import type { Inspector } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { bisectText } from './bisect-view.tsx';
import { planText } from './plan-table.tsx';
import type { QueryDesk, Running, Shown, ShownBisect, ShownPlan } from './query-desk.ts';

export type ResultTab = 'table' | 'chart' | 'plan' | 'bisect';

interface ResultBarProps {
  readonly tab: ResultTab;
  readonly onTab: (tab: ResultTab) => void;
  readonly result: Shown | null;
  readonly plan: ShownPlan | null;
  readonly bisected: ShownBisect | null;
  readonly running: Running | null;
  /** The statement is another than the result's. */
  readonly edited: boolean;
  readonly failed: boolean;
  /** What came since, in a few words; null: nothing, or that is not known. */
  readonly since: string | null;
  readonly gaps: number;
  readonly onCopy: () => void;
  readonly onExport: (format: 'csv' | 'json') => void;
}

/** The ways to look at a result, and what it is a result of. */
export function ResultBar(props: ResultBarProps): ReactNode {
  const { tab, onTab, result, plan, bisected, running, edited, failed, since, gaps } = props;
  const tabs = (['table', 'chart', 'plan', 'bisect'] as const).map((id) => ({ id, label: id.charAt(0).toUpperCase() + id.slice(1) }));
  return (
    <div className="qu-tabs">
      <SubTabs<ResultTab> label="Result" value={tab} onChange={onTab} tabs={tabs} />
      <span className="qu-meta" aria-live="polite">
        {running !== null ? (
          <span className="t2">{running.what === 'export' ? `Reading all rows${running.done > 0 ? `, ${formatCount(running.done)} so far` : ''}` : running.what === 'bisect' ? `Searching, ${plural(running.done, 'check')}` : 'Running'}</span>
        ) : tab === 'bisect' ? (
          bisected === null ? null : (
            <>
              <b>{bisectText(bisected)}</b>
              <span className="t2 p3">of seq {formatCount(bisected.first)} to {formatCount(bisected.last)}</span>
            </>
          )
        ) : tab === 'plan' ? (
          plan === null ? null : (
            <>
              <b>{plural(plan.steps.length, 'step')}</b>
              <span className="t2">{planText(plan)}</span>
              <span className="t3 p3">explain query plan, nothing was run</span>
            </>
          )
        ) : result === null ? null : (
          <>
            {failed ? <span className="tag tint-accent">Last result that worked</span> : null}
            <b>{plural(result.rows.length, 'row')}</b>
            {result.truncated ? <span className="tag tint-pending">more exist</span> : null}
            <span className="mono t2 p2">{formatMs(result.durationMs)}</span>
            <span className="t2 p3">
              {result.target === 'recording' ? `${formatCount(result.events)} events read` : result.localVersion === null ? (result.contextId ?? '') : `${result.contextId ?? ''} at version ${formatCount(result.localVersion)}`}, run {formatSecond(result.at)}
            </span>
            {since === null ? null : <span className="tag line p2">{since}</span>}
            {edited ? <span className="tag line p3">query edited</span> : null}
            {result.target === 'recording' && gaps > 0 ? <span className="tag tint-conflict p3" title="Events of these ranges are not in the recording, so that a count may be too low">{plural(gaps, 'gap')} inside</span> : null}
          </>
        )}
      </span>
      <span className="grow" />
      {result === null || tab === 'plan' || tab === 'bisect' ? null : (
        <>
          <Button className="quiet p3" icon="copy" label="Copy" title="Copy as JSON (C)" onPress={props.onCopy} />
          <Button className="quiet" icon="download" label="CSV" title={`Export as CSV (${modKey('E')}). All rows, read again in parts where there are more`} onPress={() => props.onExport('csv')} />
          <Button className="quiet p2" icon="download" label="JSON" title="Export as JSON. All rows, read again in parts where there are more" onPress={() => props.onExport('json')} />
        </>
      )}
    </div>
  );
}

/** What is not shown, and where it was read. */
export function ResultCap({ result, total, onCount, onMore }: { result: Shown; total: number | null; onCount: () => void; onMore: (() => void) | null }): ReactNode {
  return (
    <div className="cap">
      <span>
        {result.truncated ? `First ${plural(result.rows.length, 'row')}${total === null ? ', more exist' : ` of ${formatCount(total)}`}. ` : result.rows.length === 0 ? 'No row fits. ' : ''}
        {result.target === 'recording' ? `Read from the recording at ${formatClock(result.at)}.` : `Read from this device${result.localVersion === null ? '' : ` at ${formatCount(result.localVersion)}`}, pending writes included.`}
      </span>
      <span className="grow" />
      {result.truncated && total === null ? <LinkButton onPress={onCount}>Count all</LinkButton> : null}
      {result.truncated && onMore !== null ? <LinkButton onPress={onMore}>Raise the limit</LinkButton> : null}
    </div>
  );
}

/** Rows as objects; of columns with the same name the later ones get a number. */
export function asObjects({ columns, rows }: Pick<Shown, 'columns' | 'rows'>): readonly { readonly [column: string]: unknown }[] {
  const names = columns.map((column, at) => (columns.indexOf(column) === at ? column : `${column}:${columns.slice(0, at).filter((one) => one === column).length + 1}`));
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
}

/** Saves the whole result, also what the limit left out. */
export async function exportResult(inspector: Inspector, desk: QueryDesk, shown: Shown, format: 'csv' | 'json'): Promise<void> {
  const whole = await desk.whole(shown);
  if (whole === null) return;
  const name = `query-${shown.target === 'recording' ? 'recording' : (shown.contextId ?? 'context').replaceAll(/[^\w.-]+/g, '-')}.${format}`;
  const content = format === 'csv' ? new Blob([csvOf(whole.columns, whole.rows)], { type: 'text/csv' }) : new Blob([JSON.stringify(asObjects(whole), null, 1)], { type: 'application/json' });
  inspector.host.files.save(name, content);
  inspector.toast({
    icon: 'download',
    tone: whole.isOneState ? 'c-ok' : 'c-pending',
    title: `${plural(whole.rows.length, 'row')} exported`,
    text: whole.isOneState ? name : 'Rows changed while they were read, so that the parts are not of one moment',
  });
}
