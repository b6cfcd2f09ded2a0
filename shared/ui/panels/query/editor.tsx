import { useEffect, useId, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react';
import type { SqlErrorPlace } from '../../../views/sql-error.ts';
import { sqlParts, type SqlPartKind } from '../../../views/sql-text.ts';
import { Completions } from './completions.tsx';
import { offersAt, type Offer, type SqlName } from './sql-names.ts';

const TONES: { readonly [kind in SqlPartKind]: string } = { keyword: 'sy-k', function: 'sy-fn', name: '', quoted: 'sy-s', string: 'sy-s', number: 'sy-d', parameter: 'sy-d', comment: 'sy-cm', sign: '', space: '' };

interface EditorProps {
  readonly value: string;
  readonly names: readonly SqlName[];
  readonly error: SqlErrorPlace | null;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  /** While something runs: Escape ends it. */
  readonly onStop: (() => void) | null;
}

interface Offered {
  readonly offers: readonly Offer[];
  readonly chosen: number;
  readonly line: number;
  readonly column: number;
}

/** The statement: coloured, with names completed as they are typed, and the place of an error marked. */
export function Editor({ value, names, error, onChange, onRun, onStop }: EditorProps): ReactNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const [offered, setOffered] = useState<Offered | null>(null);
  const [line, setLine] = useState(1);
  const lines = value.split('\n').length;
  useEffect(() => setOffered(null), [names]);
  const offer = (text: string, caret: number, all: boolean): void => {
    const offers = offersAt(text, caret, names, all);
    const before = text.slice(0, caret).split('\n');
    setOffered(offers.length === 0 ? null : { offers, chosen: 0, line: before.length, column: (before.at(-1)?.length ?? 0) - (offers[0]?.replaces ?? 0) });
  };
  const insert = ({ insert: name, replaces }: Offer): void => {
    const element = area.current;
    if (element === null) return;
    const caret = element.selectionStart;
    const start = caret - replaces;
    onChange(value.slice(0, start) + name + value.slice(caret));
    setOffered(null);
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(start + name.length, start + name.length);
    });
  };
  const byKey = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    const { key } = event;
    const chosen = offered?.offers[offered.chosen];
    if (key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      setOffered(null);
      onRun();
    } else if (key === ' ' && event.ctrlKey) {
      event.preventDefault();
      offer(value, event.currentTarget.selectionStart, true);
    } else if (offered !== null && (key === 'ArrowDown' || key === 'ArrowUp')) {
      event.preventDefault();
      setOffered({ ...offered, chosen: (offered.chosen + (key === 'ArrowDown' ? 1 : -1) + offered.offers.length) % offered.offers.length });
    } else if (chosen !== undefined && (key === 'Tab' || key === 'Enter')) {
      event.preventDefault();
      insert(chosen);
    } else if (key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (offered !== null) setOffered(null);
      else if (onStop !== null) onStop();
      else event.currentTarget.blur();
    } else if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key)) setOffered(null);
  };
  return (
    <div className="qu-ed" style={{ '--ed-lines': Math.max(5, Math.min(12, lines + 1)) } as CSSProperties} role="group" aria-label={error === null ? 'Query editor' : `Query editor, error in line ${error.line}`}>
      <div className="qu-code mono">
        <div className="qu-sheet">
          <Lines value={value} error={error} current={line} />
          <textarea
            ref={area}
            className="mono"
            aria-label="SQL"
            aria-autocomplete="list"
            aria-controls={offered === null ? undefined : list}
            aria-activedescendant={offered === null ? undefined : `${list}-${offered.chosen}`}
            value={value}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            onChange={(event) => {
              onChange(event.target.value);
              offer(event.target.value, event.target.selectionStart, false);
            }}
            onSelect={(event) => setLine(value.slice(0, event.currentTarget.selectionStart).split('\n').length)}
            onKeyDown={byKey}
            onBlur={() => setOffered(null)}
          />
        </div>
      </div>
      {offered === null ? null : <Completions id={list} offers={offered.offers} chosen={offered.chosen} line={offered.line} column={offered.column} scrolled={area.current?.closest('.qu-code') ?? null} onChoose={insert} />}
    </div>
  );
}

/** What is seen of the statement; what is typed into lies over it. */
function Lines({ value, error, current }: { value: string; error: SqlErrorPlace | null; current: number }): ReactNode {
  const lines: ReactNode[][] = [[]];
  for (const { kind, text, at } of sqlParts(value)) {
    const wrong = error !== null && error.at === at && error.text !== '' ? 'sq' : '';
    for (const [i, piece] of text.split('\n').entries()) {
      if (i > 0) lines.push([]);
      if (piece === '') continue;
      const tone = `${TONES[kind]} ${wrong}`.trim();
      lines.at(-1)?.push(
        tone === '' ? (
          piece
        ) : (
          <span key={`${at} ${i}`} className={tone}>
            {piece}
          </span>
        ),
      );
    }
  }
  return (
    <div className="qu-lines" aria-hidden="true" dir="ltr">
      {lines.map((parts, i) => (
        <div key={i} className={`ln ${i + 1 === current ? 'is-cur' : ''} ${error?.line === i + 1 ? 'is-err' : ''}`}>
          <i>{i + 1}</i>
          <code>{parts}</code>
        </div>
      ))}
    </div>
  );
}
