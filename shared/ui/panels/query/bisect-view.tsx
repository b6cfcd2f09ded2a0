import type { ReactNode } from 'react';
import type { BisectCheck } from '../../../views/bisect.ts';
import { eventLine, eventSubject } from '../../../views/describe-event.ts';
import { eventsAt, type PlacedEvent } from '../../../views/event-queries.ts';
import { formatClock, formatCount, formatMs, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Heading, KIND_ICONS, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';
import { MakeTest } from '../replay/make-test.tsx';
import { BisectDrawing } from './bisect-drawing.tsx';
import type { Running, ShownBisect } from './query-desk.ts';

const AROUND = 3;

/** Where a condition turned true, and every check that led there. */
export function BisectView({ shown, running, edited }: { shown: ShownBisect | null; running: Running | null; edited: boolean }): ReactNode {
  const now = running?.what === 'bisect' ? running : null;
  if (shown === null && now === null) {
    return (
      <Empty icon="branch" title="No search yet">
        Write a condition that is false at first and turns true: its first column is asked for the state after an event. <code>:seq</code> is that event, <code>:step</code> the last step by then, <code>:runId</code> the run. A search among a million events takes some thirty checks.
      </Empty>
    );
  }
  const checks = now?.checks ?? shown?.result.checks ?? [];
  return (
    <div className="qu-bis">
      <div className="qu-bl">
        {now !== null ? <Searching running={now} /> : shown === null ? null : shown.result.found === null ? <Nowhere shown={shown} /> : <Found key={shown.at} shown={shown} seq={shown.result.found} />}
        {edited && now === null ? <p className="t2 qu-edited">The condition was edited since: this is what the one of {formatClock(shown?.at ?? 0)} found.</p> : null}
        {checks.length === 0 ? null : <BisectDrawing checks={checks} first={shown?.first ?? Math.min(...checks.map(({ from }) => from))} last={shown?.last ?? Math.max(...checks.map(({ to }) => to))} found={now === null ? (shown?.result.found ?? null) : null} measure={now === null ? (shown?.measure ?? null) : null} limit={now === null ? (shown?.limit ?? null) : null} runId={shown?.runId ?? ''} />}
        {now !== null || shown === null ? null : <Around key={`around ${shown.at}`} shown={shown} />}
      </div>
      <div className="qu-bt">
        <Grid label="Checks" columns={columnsOf(now === null ? (shown?.measure ?? null) : null)} rows={checks} idOf={(check) => `${check.part} ${check.seq} ${check.from} ${check.to}`} selected={null} onSelect={() => undefined} stickToEnd={now !== null} rowClass={({ part, seq }) => (part === 'search' && seq === shown?.result.found && now === null ? 'is-selected-idle' : '')} />
      </div>
    </div>
  );
}

function Searching({ running }: { running: Running }): ReactNode {
  const last = running.checks.at(-1);
  const part = running.total === 0 ? 4 : Math.min(100, Math.round((100 * running.done) / running.total));
  return (
    <div className="qu-found" role="status">
      <Icon name="branch" className="t2" />
      <div className="qu-fw">
        <p className="md">
          <b>Looking for the turn</b> <span className="t2">{running.total === 0 ? '' : `${formatCount(running.done)} of at most ${plural(running.total, 'check')}`}</span>
        </p>
        <div className="dl-prog" role="progressbar" aria-label="Bisect" aria-valuemin={0} aria-valuemax={100} aria-valuenow={part}>
          <i style={{ width: `${part}%` }} />
        </div>
        <p className="t2">{last === undefined ? 'Asking at the end' : last.part === 'after' ? 'Checking that it stays true' : `${plural(last.left, 'event')} still possible`}</p>
      </div>
    </div>
  );
}

function Nowhere({ shown }: { shown: ShownBisect }): ReactNode {
  return (
    <div className="qu-found" role="status">
      <Icon name="info" className="t2" />
      <div>
        <p className="md">
          <b>It holds nowhere that was asked</b>
        </p>
        <p className="t2">
          Not at the end, seq {formatCount(shown.last)}, and not at {plural(shown.result.checks.length - 1, 'event')} spread over the run. A condition that was true for a short while in between would be missed.
        </p>
      </div>
    </div>
  );
}

function Found({ shown, seq }: { shown: ShownBisect; seq: number }): ReactNode {
  const inspector = useInspector();
  const event = usePlaced(shown.runId, seq);
  const { index } = inspector.session;
  const after = (): void => {
    if (event !== null) inspector.go('timeline', { selection: { from: event.at, to: index.lastAt }, to: null, fields: { ...inspector.view.get().fields, 'timeline.event': String(event.place) } });
  };
  return (
    <div className="qu-found" role="status">
      <Icon name={event === null ? 'check' : KIND_ICONS[event.kind].icon} className={event === null ? 'c-ok' : KIND_ICONS[event.kind].tone} />
      <div>
        <p className="md">
          <b>First event after which it holds: seq {formatCount(seq)}</b> <span className="t2 mono">{event === null ? '' : formatClock(event.at)}</span>
        </p>
        <p className="t2">
          <Name text={event === null ? '' : `${eventLine(event)}${event.contextId === undefined ? '' : ` in ${event.contextId}`}`} most={300} />
          {seq === shown.first ? ' It is the first event that there is.' : ''}
        </p>
        <p className="qu-fb">
          <Button icon="clock" label="Show in Timeline" kbd="T" onPress={() => event !== null && showInTimeline(inspector, event.place)} />
          <Button className="quiet p2" label="Go to this moment" onPress={() => event !== null && inspector.moveTo(event.place)} />
          <Button className="quiet p2" label="Select everything after it" onPress={after} />
          <MakeTest className="quiet p3" />
        </p>
      </div>
    </div>
  );
}

export function showInTimeline(inspector: ReturnType<typeof useInspector>, place: number): void {
  const at = inspector.session.index.at[place] ?? 0;
  inspector.go('timeline', { fields: { ...inspector.view.get().fields, 'timeline.event': String(place) }, to: at + 5_000, width: 20_000, selected: inspector.session.index.contextAt(place) });
}

/** What stands around the event, and whether the condition stayed true. */
function Around({ shown }: { shown: ShownBisect }): ReactNode {
  const inspector = useInspector();
  const { found, later, falseAgain, holdsAtEnd } = shown.result;
  const event = usePlaced(shown.runId, found ?? shown.last);
  const place = event?.place ?? null;
  const { value } = useRead(
    `around ${shown.runId} ${place ?? ''}`,
    async (read) => (place === null ? [] : await eventsAt(read, Array.from({ length: AROUND * 2 + 1 }, (_, i) => place - AROUND + i).filter((one) => one >= 0))),
    false,
  );
  if (found === null) return null;
  return (
    <>
      <Heading>Around it</Heading>
      <table className="grid qu-ar" aria-label="Events around">
        <colgroup>
          <col style={{ width: 74 }} />
          <col style={{ width: 104 }} />
          <col style={{ width: 104 }} />
          <col style={{ width: 120 }} className="p2" />
          <col />
        </colgroup>
        <tbody>
          {(value ?? []).map((one) => (
            <tr key={one.place} className={one.place === place ? 'is-selected' : ''}>
              <td className="num mono">
                <LinkButton title="Show in Timeline" onPress={() => showInTimeline(inspector, one.place)}>
                  {formatCount(one.seq)}
                </LinkButton>
              </td>
              <td className="mono t2">{formatClock(one.at)}</td>
              <td>
                <KindIcon kind={one.kind} />
                {one.kind}
              </td>
              <td className="p2">
                <Name text={one.contextId ?? '–'} most={40} />
              </td>
              <td className="t2">
                <Name text={eventSubject(one)} most={120} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="qu-mono">
        <Icon name={falseAgain.length === 0 ? 'check' : 'alert'} className={falseAgain.length === 0 ? 'c-ok' : 'c-pending'} />
        {falseAgain.length === 0 ? (
          <p>
            <b>Stays true afterwards</b> <span className="t2">at {plural(later, 'later event')} and at the end. If it turned false again, that would be listed here.</span>
          </p>
        ) : (
          <p>
            <b>Turns false again</b>{' '}
            <span className="t2">
              at seq{' '}
              {falseAgain.map((seq, i) => (
                <span key={seq}>
                  {i === 0 ? '' : ', '}
                  <SeqLink runId={shown.runId} seq={seq} />
                </span>
              ))}
              , {holdsAtEnd ? 'and holds at the end' : 'and does not hold at the end'}. What was found is one turn of several, not the only one.
            </span>
          </p>
        )}
      </div>
    </>
  );
}

function SeqLink({ runId, seq }: { runId: string; seq: number }): ReactNode {
  const inspector = useInspector();
  const event = usePlaced(runId, seq);
  return <LinkButton onPress={() => event !== null && showInTimeline(inspector, event.place)}>{formatCount(seq)}</LinkButton>;
}

/** The event of a run with this seq. */
export function usePlaced(runId: string, seq: number): PlacedEvent | null {
  const { value } = useRead(
    `event ${runId} ${seq}`,
    async (read) => {
      const [row] = await read('SELECT place FROM events WHERE runId = ? AND seq = ?', [runId, seq]);
      return row === undefined ? null : ((await eventsAt(read, [Number(row['place']) - 1]))[0] ?? null);
    },
    false,
  );
  return value;
}

function columnsOf(measure: string | null): readonly Column<BisectCheck>[] {
  const columns: readonly Column<BisectCheck>[] = [
    { id: 'part', header: '', name: 'Part', priority: 3, width: 56, cell: ({ part }) => <span className="t3">{part === 'after' ? 'after' : ''}</span> },
    {
      id: 'seq',
      header: 'seq',
      numeric: true,
      width: 108,
      className: 'mono',
      cell: ({ seq, movedFrom }) => (
        <>
          {movedFrom === null ? null : <span className="t3">gap → </span>}
          {formatCount(seq)}
        </>
      ),
      cellTitle: ({ movedFrom }) => (movedFrom === null ? undefined : `${formatCount(movedFrom)} is in a gap`),
    },
    { id: 'value', header: measure ?? 'Value', numeric: true, width: 78, className: 'mono', cell: ({ value }) => (typeof value === 'number' ? formatCount(value) : value === null ? <span className="t3">null</span> : <Name text={value} most={40} />) },
    {
      id: 'holds',
      header: 'Holds',
      width: 74,
      cell: ({ holds }) =>
        holds ? (
          <span className="c-ok">
            <Icon name="check" />
            yes
          </span>
        ) : (
          <span className="t2">not yet</span>
        ),
    },
    { id: 'left', header: 'Left', numeric: true, width: 68, className: 'mono', cell: ({ left, part }) => (part === 'after' ? <span className="t3">–</span> : <span className="t2">{formatCount(left)}</span>) },
  ];
  return columns;
}

export const bisectText = (shown: ShownBisect): string => `${plural(shown.result.checks.length, 'check')}, ${formatMs(shown.durationMs)}`;
