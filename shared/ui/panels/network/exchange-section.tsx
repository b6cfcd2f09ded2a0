import type { ReactNode } from 'react';
import { eventLine } from '../../../views/describe-event.ts';
import type { PlacedEvent } from '../../../views/event-queries.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatClock, formatCount, formatMs, shorten } from '../../../views/format.ts';
import type { RowName } from '../../../views/frame-content.ts';
import { Icon } from '../../components/icon.tsx';
import { Heading, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { isSent } from './frame-words.ts';
import { openEvent, openRow } from './go-on.ts';

const MOST_LINES = 12;
const MOST_ROWS = 6;

interface ExchangeParts {
  readonly frame: WireFrame;
  readonly exchange: readonly WireFrame[];
  /** Where a dropped delta came again. */
  readonly again: WireFrame | undefined;
  /** Writes, conflicts and deltas that share its mutations. */
  readonly chain: readonly PlacedEvent[];
  readonly rows: readonly RowName[];
  readonly onSelect: (frame: WireFrame) => void;
}

/** What was asked and answered, and what came of it: each line leads on. */
export function ExchangeSection({ frame, exchange, again, chain, rows, onSelect }: ExchangeParts): ReactNode {
  const inspector = useInspector();
  const first = exchange[0] ?? frame;
  const came = chain.filter(({ kind }) => kind === 'write' || kind === 'conflict' || kind === 'delta' || kind === 'result').slice(0, MOST_LINES);
  return (
    <section>
      <Heading note={exchangeNote(first)}>Exchange</Heading>
      <ol className="exch">
        {exchange.map((one) => (
          <li key={one.place} className={one.place === frame.place ? 'here' : ''} aria-current={one.place === frame.place ? 'true' : undefined}>
            <span className="mono t2">{formatClock(one.at).slice(6)}</span>
            <Icon name={isSent(one) ? 'ev-push' : 'ev-delta'} className={isSent(one) ? 'c-push' : 'c-delta'} label={isSent(one) ? 'sent' : 'received'} />
            <LinkButton className="mono" onPress={() => onSelect(one)}>
              {one.type}
            </LinkButton>
            <b className="num">{one.place === first.place ? '0' : `+${formatMs(one.at - first.at)}`}</b>
          </li>
        ))}
      </ol>
      {first.isOpen ? <p className="c-pending nx-note">No answer yet.</p> : null}
      {frame.state !== 'stale' || again === undefined ? null : (
        <p className="t2 nx-note">
          Nothing is lost: {formatCount(frame.toVersion ?? 0)} came again with <LinkButton onPress={() => onSelect(again)}>a later delta</LinkButton>, {formatClock(again.at)}.
        </p>
      )}
      {came.length === 0 ? null : (
        <>
          <Heading>Cause and effects</Heading>
          <ol className="exch nx-came">
            {came.map((event) => (
              <li key={event.place}>
                <span className="mono t2">{formatClock(event.at).slice(6)}</span>
                <KindIcon kind={event.kind} />
                <LinkButton className="clip" onPress={() => openEvent(inspector, event)}>
                  <Name text={eventLine(event)} most={80} />
                </LinkButton>
                <b className="num">{event.kind === 'conflict' ? 'Conflicts' : 'Timeline'}</b>
              </li>
            ))}
          </ol>
        </>
      )}
      {rows.length === 0 ? null : (
        <>
          <Heading>Rows</Heading>
          <p className="nx-rows">
            {rows.slice(0, MOST_ROWS).map((row) => (
              <LinkButton key={`${row.entity}/${row.id}`} className="mono" title="Open in Data (O)" onPress={() => openRow(inspector, frame.contextId, row)}>
                <Name text={`${row.entity}/${row.id}`} most={60} />
              </LinkButton>
            ))}
            {rows.length > MOST_ROWS ? <span className="t3">and {formatCount(rows.length - MOST_ROWS)} more</span> : null}
          </p>
        </>
      )}
    </section>
  );
}

function exchangeNote({ type, activationId, ask }: WireFrame): string {
  switch (type) {
    case 'ACTIVATE_CONTEXT':
      return `opening ${shorten(activationId)}`;
    case 'DEACTIVATE_CONTEXT':
      return `closing ${shorten(activationId)}`;
    case 'PUSH':
    case 'FETCH_LOG':
      return ask === null ? '' : shorten(ask, 6);
    default:
      return '';
  }
}
