import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { eventSubject } from '../../../views/describe-event.ts';
import { eventsAt, type PlacedEvent } from '../../../views/event-queries.ts';
import { indexIn } from '../../../views/growing-list.ts';
import { formatBytes, formatClock, formatCount, plural } from '../../../views/format.ts';
import { KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useIndex, useInspector, useView } from '../../state/inspector.ts';
import { useSize } from './use-canvas.ts';

const ROW = 22;
/** Rows above and below what is seen, and the least height that is filled before the browser has laid out. */
const SPARE = 10;
const LEAST = 300;
const PAGE = 100;
const CACHED = 4_000;
const SEQ_LEAST = 48;
const SEQ_PADDING = 18;
const SEQ_DIGIT = 7.5;

/** The events that the drawing shows, as a table: numbers from the index at once, texts from the recording as they are scrolled to. */
export function EventTable({ places, selected, chain, onSelect, follow, list }: { places: ArrayLike<number>; selected: number | null; chain: readonly number[]; onSelect: (place: number) => void; follow: boolean; /** Which events these are: where the selected one stands is shown anew when this changes. */ list: string }): ReactNode {
  const { index } = useIndex();
  const { cursor } = useView();
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const { height } = useSize(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  // All rows are as tall: a list of a million needs no more than a division.
  const inChain = chain.length > 0 && places === chain;
  // A number below zero: so many events between two links of the chain, which are not of it.
  const rows: ArrayLike<number> = useMemo(() => (inChain ? withFolds(chain) : places), [inChain, chain, places]);
  const first = Math.max(0, Math.min(rows.length - 1, Math.floor(scrollTop / ROW) - SPARE));
  const last = Math.min(rows.length, Math.ceil((scrollTop + Math.max(height, LEAST)) / ROW) + SPARE);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, i) => rows[first + i] ?? 0);
  const events = useTexts(shown.filter((place) => place >= 0));
  const atEnd = useRef(true);
  useEffect(() => {
    if (follow && atEnd.current && scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [places, follow]);
  const at = selected === null ? -1 : inChain ? Array.from(rows).indexOf(selected) : indexIn(rows, selected);
  const chosen = selected === null ? -1 : indexIn(places, selected);
  useEffect(() => {
    const box = scroller.current;
    if (at < 0 || box === null) return;
    // The head of the table stays over the first row.
    if (at * ROW < box.scrollTop) box.scrollTop = at * ROW;
    else if ((at + 2) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (at + 2) * ROW - box.clientHeight;
  }, [selected, list]); // eslint-disable-line react/exhaustive-deps -- only when another event or other events were chosen
  const byKey = (event: KeyboardEvent): void => {
    const moves: { readonly [key: string]: number } = { ArrowDown: chosen + 1, ArrowUp: chosen < 0 ? places.length - 1 : chosen - 1, Home: 0, End: places.length - 1, PageDown: chosen + 10, PageUp: chosen - 10 };
    const to = moves[event.key];
    if (to === undefined || event.altKey) return;
    event.preventDefault();
    const place = places[Math.max(0, Math.min(places.length - 1, to))];
    if (place !== undefined) onSelect(place);
  };
  const before = first * ROW;
  const after = Math.max(0, rows.length - last) * ROW;
  return (
    <div
      className="scroll"
      ref={scroller}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        setScrollTop(scrollTop);
        atEnd.current = scrollHeight - scrollTop - clientHeight < ROW * 2;
      }}
    >
      <table className="grid" role="grid" tabIndex={0} aria-label="Events" aria-rowcount={rows.length + 1} aria-activedescendant={at >= 0 && at >= first && at < last ? `${id}-${selected}` : undefined} onKeyDown={byKey}>
        <colgroup>
          {chain.length > 0 ? <col style={{ width: 28 }} /> : null}
          <col className="p3" style={{ width: seqWidth(index.seq[rows[rows.length - 1] ?? 0] ?? 0) }} />
          <col className="tl-ct" />
          <col className="tl-cc" style={{ width: 78 }} />
          <col className="tl-kd" style={{ width: 86 }} />
          <col />
          <col className="p3" style={{ width: 122 }} />
          <col className="p3" style={{ width: 62 }} />
          <col className="p3" style={{ width: 48 }} />
        </colgroup>
        <thead>
          <tr role="row">
            {chain.length > 0 ? <th aria-label="Place in the chain" /> : null}
            <th className="num p3">Seq</th>
            <th aria-sort="ascending">Time ↑</th>
            <th>Context</th>
            <th className="tl-kd">
              <span>Kind</span>
            </th>
            <th>Entity or step</th>
            <th className="num p3">Version</th>
            <th className="num p3">Bytes</th>
            <th className="num p3">ms</th>
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <tr aria-hidden="true" className="space" style={{ height: before }} /> : null}
          {shown.map((place, i) => place < 0 ? <FoldRow key={`fold-${first + i}`} row={first + i + 2} count={-place} /> : (
            <EventRow
              key={place}
              id={`${id}-${place}`}
              row={first + i + 2}
              place={place}
              event={events.get(place)}
              badge={chain.length === 0 ? null : chain.indexOf(place)}
              line={inChain ? (place === chain[0] ? 's' : place === chain.at(-1) ? 'e' : '') : null}
              selected={place === selected}
              after={cursor !== null && place > cursor}
              cut={cursor === place}
              onSelect={onSelect}
              numbers={{ at: index.at[place] ?? 0, seq: index.seq[place] ?? 0, bytes: index.bytes[place] ?? 0, ms: index.ms[place] ?? -1, context: index.contextAt(place), kind: index.kindAt(place) }}
            />
          ))}
          {after > 0 ? <tr aria-hidden="true" className="space" style={{ height: after }} /> : null}
        </tbody>
      </table>
    </div>
  );
}

/** As wide as the last seq: what it does not need is room for what an event is about. */
const seqWidth = (last: number): number => Math.max(SEQ_LEAST, SEQ_PADDING + SEQ_DIGIT * formatCount(last).length);

interface RowProps {
  readonly id: string;
  readonly row: number;
  readonly place: number;
  readonly event: PlacedEvent | undefined;
  /** Its number in the chain, -1: not part of it, null: no chain is shown. */
  readonly badge: number | null;
  /** How the line of the chain passes it: from here on (`s`), up to here (`e`), through; null: none is drawn. */
  readonly line: 's' | 'e' | '' | null;
  readonly selected: boolean;
  readonly after: boolean;
  readonly cut: boolean;
  readonly onSelect: (place: number) => void;
  readonly numbers: { readonly at: number; readonly seq: number; readonly bytes: number; readonly ms: number; readonly context: string | null; readonly kind: PlacedEvent['kind'] };
}

function EventRow({ id, row, place, event, badge, line, selected, after, cut, onSelect, numbers }: RowProps): ReactNode {
  const { at, seq, bytes, ms, context, kind } = numbers;
  return (
    <tr id={id} role="row" aria-rowindex={row} aria-selected={selected} className={`${selected ? 'is-selected' : ''} ${after ? 'aft' : ''} ${cut ? 'is-past-cut' : ''}`} onClick={() => onSelect(place)}>
      {badge === null ? null : <td className="cg">{line === null ? null : <i className={`ln ${line}`} />}{badge < 0 ? null : <span className="bd">{badge + 1}</span>}</td>}
      <td className="num mono p3 t2">{formatCount(seq)}</td>
      <td className="mono">{formatClock(at)}</td>
      <td>{context === null ? <span className="t3">–</span> : <Name text={context} most={60} />}</td>
      <td className="tl-kd">
        <KindIcon kind={kind} />
        <span>{kind}</span>
      </td>
      <td className="mono wh">{event === undefined ? null : <Name text={eventSubject(event)} most={120} />}</td>
      <td className="num mono p3">
        {event?.toVersion === undefined ? (
          <span className="t3">{event?.fromVersion === undefined ? '–' : `base ${formatCount(event.fromVersion)}`}</span>
        ) : (
          <>
            {formatCount(event.fromVersion ?? 0)}
            <span className="t3"> → </span>
            {formatCount(event.toVersion)}
          </>
        )}
      </td>
      <td className="num p3">{bytes > 0 ? formatBytes(bytes) : <span className="t3">–</span>}</td>
      <td className="num p3">{ms < 0 ? <span className="t3">–</span> : ms < 10 ? ms.toFixed(1) : formatCount(ms)}</td>
    </tr>
  );
}

/** Events that lie between two links of the chain. */
function FoldRow({ row, count }: { row: number; count: number }): ReactNode {
  const inspector = useInspector();
  return (
    <tr role="row" aria-rowindex={row} className="fold">
      <td className="cg">
        <i className="ln" />
      </td>
      <td colSpan={8}>
        <LinkButton onPress={() => inspector.setField('timeline.scope', 'view')}>{plural(count, 'other event')}</LinkButton>
      </td>
    </tr>
  );
}

function withFolds(chain: readonly number[]): readonly number[] {
  return chain.flatMap((place, i) => {
    const between = i === 0 ? 0 : place - (chain[i - 1] ?? place) - 1;
    return between > 0 ? [-between, place] : [place];
  });
}

/** The texts of the events in view, page by page, kept for a while. */
function useTexts(places: readonly number[]): ReadonlyMap<number, PlacedEvent> {
  const { session } = useInspector();
  const { index } = useIndex();
  const [cache, setCache] = useState<{ readonly of: unknown; readonly events: ReadonlyMap<number, PlacedEvent> }>({ of: index, events: new Map() });
  const known = cache.of === index ? cache.events : EMPTY;
  const first = places[0] ?? 0;
  const missing = useMemo(() => places.filter((place) => !known.has(place)), [places, known]);
  const key = missing.join(',');
  useEffect(() => {
    if (missing.length === 0) return undefined;
    let current = true;
    eventsAt(session.db.all, missing.slice(0, PAGE)).then(
      (events) => {
        if (!current || events.length === 0) return;
        setCache((before) => {
          const next = new Map(before.of === index && before.events.size < CACHED ? before.events : []);
          for (const event of events) next.set(event.place, event);
          return { of: index, events: next };
        });
      },
      // The index is ahead of a recording that was just closed: the rows stay without their texts.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [key, first, index, session]); // eslint-disable-line react/exhaustive-deps -- the key stands for the list
  return known;
}

const EMPTY: ReadonlyMap<number, PlacedEvent> = new Map();
