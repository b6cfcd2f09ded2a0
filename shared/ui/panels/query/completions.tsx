import { useEffect, useRef, type CSSProperties, type ReactNode } from 'react';
import { modKey } from '../../state/keys.ts';
import type { Offer } from './sql-names.ts';

const SIGNS = { table: 'T', view: 'V', column: 'C', function: 'F', keyword: 'K' } as const;

interface CompletionsProps {
  readonly id: string;
  readonly offers: readonly Offer[];
  readonly chosen: number;
  /** Where the word starts, from 1 and from 0. */
  readonly line: number;
  readonly column: number;
  readonly scrolled: Element | null;
  readonly onChoose: (offer: Offer) => void;
}

/** What could stand at the caret, and what the chosen one is. */
export function Completions({ id, offers, chosen, line, column, scrolled, onChoose }: CompletionsProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const current = offers[chosen];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const style = { '--line': line, '--column': column, '--left': `${scrolled?.scrollLeft ?? 0}px`, '--top': `${scrolled?.scrollTop ?? 0}px` } as CSSProperties;
  return (
    <div className="qu-at mono" style={style}>
      <div className="qu-pop">
        <ul id={id} role="listbox" aria-label="Completions" ref={list}>
          {offers.map((offer, index) => (
            <li
              key={`${offer.kind} ${offer.name}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={index === chosen ? 'is-selected' : ''}
              onPointerDown={(event) => {
                event.preventDefault();
                onChoose(offer);
              }}
            >
              <span className={`qu-kd qu-kd-${offer.kind}`} aria-label={offer.kind}>
                {SIGNS[offer.kind]}
              </span>
              <span className="mono clip">
                <b>{offer.name.slice(0, offer.replaces)}</b>
                {offer.name.slice(offer.replaces)}
              </span>
              <span className="t3 clip">{[offer.of, offer.type].filter((part) => part !== undefined && part !== '').join(', ')}</span>
            </li>
          ))}
        </ul>
        <div className="doc">
          <p>
            <b>{current?.name}</b> <span className="t2">{current?.kind}{current?.of === undefined ? '' : ` of ${current.of}`}</span>
          </p>
          {current?.note === undefined || current.note === '' ? null : <p className="t2">{current.note}</p>}
          {current?.columns === undefined ? null : <p className="t2 mono cols">{current.columns.join(', ')}</p>}
        </div>
        <footer>
          <kbd>Tab</kbd> insert <kbd>↑</kbd>
          <kbd>↓</kbd> choose <kbd>{modKey('Space')}</kbd> all names
        </footer>
      </div>
    </div>
  );
}
