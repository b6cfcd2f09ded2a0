import type { ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import type { ConflictDetail } from '../../../protocol/debug/index.ts';
import type { ConflictEvent } from '../../../views/conflicts.ts';
import { formatClock, formatCount, plural } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { mergeOf, type TextMerge } from '../../../views/text-merge.ts';
import { fieldLines, LONG_TEXT, rowLine, valueText, type FieldLine } from './field-diff.ts';
import { MergedText } from './merge-text.tsx';
import { RuleNotes } from './rule-notes.tsx';

type Side = ConflictDetail['base'];

/** Base, mine, theirs and result, field by field; text that changed inside is marked by character. */
export function FieldTable({ conflict, detail, unchanged, onUnchanged }: { conflict: ConflictEvent; detail: ConflictDetail; unchanged: boolean; onUnchanged: (shown: boolean) => void }): ReactNode {
  const lines = fieldLines(detail);
  const changed = lines.filter((line) => line.changed !== 'none');
  const same = lines.filter((line) => line.changed === 'none');
  return (
    <>
      <table className="cf-ft" aria-label="Base, mine, theirs and result, field by field">
        <thead>
          <tr>
            <th scope="col" className="f">
              Field
            </th>
            <Head className="b" title="Base" side={detail.base} />
            <Head className="m" title="Mine" side={detail.mine} />
            <Head className="t" title="Theirs" side={detail.theirs} version={detail.theirVersion} />
            <Head className="r" title="Result" side={detail.result} />
            <th scope="col" className="d">
              Decided by
            </th>
          </tr>
        </thead>
        <tbody>
          <RowLine detail={detail} />
          {changed.map((line) => (
            <Line key={line.field} line={line} detail={detail} />
          ))}
          {unchanged ? same.map((line) => <Line key={line.field} line={line} detail={detail} />) : null}
          {same.length === 0 ? null : (
            <tr className="fold">
              <td colSpan={6}>
                <div>
                  <button type="button" aria-expanded={unchanged} onClick={() => onUnchanged(!unchanged)}>
                    <Icon name={unchanged ? 'chev-down' : 'chev-right'} />
                    <span>{plural(same.length, 'unchanged field')}</span>
                    <kbd>U</kbd>
                  </button>
                  <span className="t3 clip mono">{same.map(({ field }) => field).join(', ').slice(0, 200)}</span>
                </div>
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <RuleNotes conflict={conflict} detail={detail} fields={new Set(lines.map(({ field }) => field))} />
    </>
  );
}

function Head({ className, title, side, version = null }: { className: string; title: string; side: Side; version?: number | null }): ReactNode {
  return (
    <th scope="col" className={className}>
      <span className="l1">
        <b>{title}</b>
        <span className="cf-dv">{side === null ? 'none' : (side.deviceId ?? '')}</span>
      </span>
      <span className="l2">
        <span className="v">{version === null ? '\u00A0' : formatCount(version)}</span> <span className="cf-tm">{side === null || side.timestamp === null ? '' : formatClock(side.timestamp)}</span>
      </span>
    </th>
  );
}

/** Where one side deleted the row: what each did with it as a whole. */
function RowLine({ detail }: { detail: ConflictDetail }): ReactNode {
  const row = rowLine(detail);
  if (row === null) return null;
  const lost = <span className="lost">not kept</span>;
  const word = (text: string, tone: 'l' | 'r'): ReactNode => (text === 'deleted' ? <del className={tone}>{text}</del> : <ins className={tone}>{text}</ins>);
  return (
    <tr className="hot">
      <th scope="row" className="f">
        (row)
      </th>
      <td className="b">{row.base}</td>
      <td className="m">
        {word(row.mine, 'l')}
        {row.kept === 'theirs' ? lost : null}
      </td>
      <td className="t">
        {word(row.theirs, 'r')}
        {row.kept === 'mine' ? lost : null}
      </td>
      <td className={`r ${row.kept === 'both' ? '' : `from-${row.kept === 'mine' ? 'm' : 't'}`}`}>{word(row.result, row.kept === 'mine' ? 'l' : 'r')}</td>
      <td className="d">{row.kept === 'both' ? 'Both deleted it' : row.mine === 'deleted' ? 'Delete met update' : 'Update met delete'}</td>
    </tr>
  );
}

/** A field of a row that is deleted. */
const GONE = <span className="t3">–</span>;

function Line({ line, detail }: { line: FieldLine; detail: ConflictDetail }): ReactNode {
  const { field, base, mine, theirs, result, changed, rule } = line;
  const merge = textMergeOf(line);
  const from = merge !== null && changed === 'both' ? 'b' : valueText(result) === valueText(mine) && changed !== 'none' && changed !== 'theirs' ? 'm' : valueText(result) === valueText(theirs) && changed !== 'none' ? 't' : '';
  return (
    <tr className={changed === 'both' ? 'hot' : ''}>
      <th scope="row" className="f mono">
        <Name text={field} most={80} />
      </th>
      <td className="b">{merge === null ? <Value value={base} base={base} tone="" /> : <MergedText pieces={merge.base} />}</td>
      <td className="m">
        {detail.mine?.deleted === true ? GONE : merge === null ? <Value value={mine} base={base} tone="l" /> : <MergedText pieces={merge.mine} />}
        {changed === 'both' && from === 't' ? <span className="lost">not kept</span> : null}
      </td>
      <td className="t">
        {detail.theirs?.deleted === true ? GONE : merge === null ? <Value value={theirs} base={base} tone="r" /> : <MergedText pieces={merge.theirs} />}
        {changed === 'both' && from === 'm' ? <span className="lost">not kept</span> : null}
      </td>
      <td className={`r ${from === '' ? '' : `from-${from}`}`}>{detail.result?.deleted === true ? GONE : merge === null ? <Value value={result} base={base} tone={from === 'm' ? 'l' : 'r'} /> : <MergedText pieces={merge.result} />}</td>
      <td className="d">
        <span>{rule}</span>
      </td>
    </tr>
  );
}

const CUT = 400;
/** Longer texts are cut, and a comparison by character of more than a screen of them tells nobody anything. */
const MOST_TEXT = 4_000;

/** The text of a line that both sides may have changed inside; null: it is shown as a whole. */
export function textMergeOf({ base, mine, theirs, result, changed }: FieldLine): TextMerge | null {
  if (changed === 'none' || ![base, mine, theirs, result].every((value): value is string => typeof value === 'string' && value.length <= MOST_TEXT)) return null;
  const [b, m, t, r] = [base, mine, theirs, result] as readonly string[] as readonly [string, string, string, string];
  return Math.max(b.length, m.length, t.length) > LONG_TEXT ? mergeOf(b, m, t, r) : null;
}

function Value({ value, base, tone }: { value: Json | undefined; base: Json | undefined; tone: 'l' | 'r' | '' }): ReactNode {
  const text = valueText(value).slice(0, CUT);
  const before = valueText(base).slice(0, CUT);
  if (tone === '' || text === before) {
    return (
      <span className={`mono ${tone === '' ? '' : 't3'}`}>
        <Name text={text} most={CUT} />
      </span>
    );
  }
  return (
    <ins className={`${tone} mono`}>
      <Name text={text} most={CUT} />
    </ins>
  );
}
