import type { ReactNode } from 'react';
import type { ConflictDetail } from '../../../protocol/debug/index.ts';
import { isWithinClocks, offsetAt } from '../../../views/clock-note.ts';
import type { ConflictEvent } from '../../../views/conflicts.ts';
import { formatClock, formatCount, formatMs } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { useRead } from '../../state/use-read.ts';

/** Clocks of machines that ask for the time are closer than this. */
const CLOCK_TOLERANCE_MS = 500;
const TONES: { readonly [winner: string]: string } = { mine: 'c-local', theirs: 'c-remote' };
const nameOf = (field: string): string => (field === '*' ? 'the whole row' : field.slice(0, 60));

/** Below the fields: who was later and what that decided, where the clocks may have decided instead, and the rules of the row as a whole. */
export function RuleNotes({ conflict, detail, fields }: { conflict: ConflictEvent; detail: ConflictDetail; fields: ReadonlySet<string> }): ReactNode {
  const mineAt = detail.mine?.timestamp ?? null;
  const theirsAt = detail.theirs?.timestamp ?? null;
  const both = mineAt !== null && theirsAt !== null ? { mineAt, theirsAt } : null;
  const byTime = both === null ? [] : detail.decided.filter(({ rule }) => rule === 'later-stamp');
  const overall = detail.decided.filter((one) => !fields.has(one.field) && !byTime.includes(one));
  return (
    <div className="cf-rule">
      {both === null ? null : (
        <p>
          <Icon name="branch" className="t2" />
          <span>
            <span className="c-local">mine</span>{' '}
            <span className="mono">
              {formatClock(both.mineAt)} {detail.mine?.deviceId ?? ''}
            </span>{' '}
            {both.mineAt < both.theirsAt ? '<' : both.mineAt > both.theirsAt ? '>' : '='} <span className="c-remote">theirs</span>{' '}
            <span className="mono">
              {formatClock(both.theirsAt)} {detail.theirs?.deviceId ?? ''}
            </span>
            <Outcome byTime={byTime} apart={Math.abs(both.mineAt - both.theirsAt)} />
          </span>
        </p>
      )}
      {both === null ? null : <OffsetNote conflict={conflict} {...both} />}
      {theirsAt !== null && theirsAt > conflict.at + CLOCK_TOLERANCE_MS ? (
        <p>
          <Icon name="clock" className="c-pending" />
          <span>
            Theirs arrived at <span className="mono">{formatClock(conflict.at)}</span> and is stamped {formatMs(theirsAt - conflict.at)} later: the clock of <span className="mono">{(detail.theirs?.deviceId ?? 'the other device').slice(0, 60)}</span>, or of one whose write it stands on, is at least that far ahead of this one.
          </span>
        </p>
      ) : null}
      {overall.map(({ field, rule, winner }) => (
        <p key={`${field} ${rule}`}>
          <Icon name="info" className="t2" />
          <span>
            {field === '' ? '' : `${field === '*' ? 'Whole row' : field}: `}
            {rule.replaceAll('-', ' ')} → <b>{winner}</b>
          </span>
        </p>
      ))}
      {detail.message === null ? null : (
        <p className="c-error">
          <Icon name="alert" />
          <span>
            {detail.code === null ? '' : `${detail.code}: `}
            {detail.message.slice(0, 400)}
          </span>
        </p>
      )}
    </div>
  );
}

/** What the times decided, where they did. */
function Outcome({ byTime, apart }: { byTime: ConflictDetail['decided']; apart: number }): ReactNode {
  const winner = byTime[0]?.winner;
  if (winner === undefined || byTime.some((one) => one.winner !== winner)) return <span className="t2">, {formatCount(apart)} ms apart</span>;
  return (
    <>
      {' '}
      → <b className={TONES[winner] ?? ''}>{winner}</b>
      <span className="t2">
        , by {formatCount(apart)} ms, for {byTime.map(({ field }) => nameOf(field)).join(', ')}
      </span>
    </>
  );
}

/** CF5: a stamp carries what the device knew of its clock, and that is no better known than the way to the server is short. */
function OffsetNote({ conflict, mineAt, theirsAt }: { conflict: ConflictEvent; mineAt: number; theirsAt: number }): ReactNode {
  const { value: offset } = useRead(`offset ${conflict.contextId} ${conflict.place}`, (read) => offsetAt(read, conflict.contextId, conflict.place), false);
  if (offset === null || offset === 0 || !isWithinClocks(offset, mineAt, theirsAt)) return null;
  return (
    <p>
      <Icon name="clock" className="c-conflict" />
      <span>
        Mine carries this device’s offset of {offset < 0 ? '−' : '+'}
        {formatMs(Math.abs(offset))}. {formatMs(Math.abs(mineAt - theirsAt))} may be the clocks, not who wrote first.
      </span>
    </p>
  );
}
