import type { ReactNode } from 'react';
import { formatCount, plural } from '../../../views/format.ts';
import type { EditSide, MergePiece, TextMerge } from '../../../views/text-merge.ts';
import { Heading } from '../../components/parts.tsx';

const TONES: { readonly [side in EditSide]: string } = { mine: 'l', theirs: 'r', both: 'b' };
const MOST_EDITS = 40;

/** A text with what each side took out of it and put into it. */
export function MergedText({ pieces }: { pieces: readonly MergePiece[] }): ReactNode {
  return (
    <bdi className="cf-text" dir="auto">
      {pieces.map(({ kind, side, text }, at) => {
        // The pieces of one text have no other name than their place.
        const key = `${at} ${kind}`;
        if (kind === 'same') return <span key={key}>{text}</span>;
        return kind === 'gone' ? (
          <del key={key} className={TONES[side]}>
            {text}
          </del>
        ) : (
          <ins key={key} className={TONES[side]}>
            {text}
          </ins>
        );
      })}
    </bdi>
  );
}

/** The edits that are in the merged text, in its order: what the drawing above says by colour. */
export function MergeEdits({ field, merge, lengths }: { field: string; merge: TextMerge; lengths: { readonly base: number; readonly result: number } }): ReactNode {
  const { edits } = merge;
  return (
    <section className="cf-edits">
      <Heading note={`${plural(edits.length, 'edit')} in the result, ${formatCount(lengths.base)} → ${formatCount(lengths.result)} characters`}>
        Edits of <span className="mono">{field.slice(0, 60)}</span>
      </Heading>
      <table className="rg-h" aria-label={`Edits of ${field.slice(0, 60)}`}>
        <thead>
          <tr>
            <th scope="col">Side</th>
            <th scope="col">Edit</th>
            <th scope="col">Text</th>
            <th scope="col" className="num">
              At in base
            </th>
            <th scope="col" className="num">
              In result
            </th>
          </tr>
        </thead>
        <tbody>
          {edits.slice(0, MOST_EDITS).map(({ side, kind, gone, put, atInBase, atInResult }) => (
            <tr key={`${atInBase} ${atInResult} ${side}`}>
              <td className={side === 'mine' ? 'c-local' : side === 'theirs' ? 'c-remote' : 'c-conflict'}>{side}</td>
              <td>{kind}</td>
              <td className="mono clip">
                {gone === '' ? null : <del className={TONES[side]}>{gone.slice(0, 80)}</del>} {put === '' ? null : <ins className={TONES[side]}>{put.slice(0, 80)}</ins>}
              </td>
              <td className="mono num">{formatCount(atInBase)}</td>
              <td className="mono num">{formatCount(atInResult)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {edits.length > MOST_EDITS ? <p className="t2">{plural(edits.length - MOST_EDITS, 'more edit')} behind these.</p> : null}
    </section>
  );
}
