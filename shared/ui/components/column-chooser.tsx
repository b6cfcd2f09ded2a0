import { useRef, useState, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import type { Layout } from '../state/settings.ts';
import { IconButton } from './controls.tsx';
import type { Column } from './grid.tsx';
import { Icon } from './icon.tsx';
import { Menu } from './popover.tsx';

/** Which columns a person turned on or off; the others are shown where there is room for them. */
export type ColumnChoice = ReadonlyMap<string, boolean>;

const keyOf = (grid: string): string => `columns.${grid}`;

/** `+history -schema` as it is kept; what does not fit is as if it was never chosen. */
export function readChoice(kept: string | number | undefined): ColumnChoice {
  const words = typeof kept === 'string' ? kept.split(' ') : [];
  return new Map(words.flatMap((word) => (/^[+-]./.test(word) ? [[decodeURIComponent(word.slice(1)), word.startsWith('+')] as const] : [])));
}

export const choiceOf = (kept: { readonly [name: string]: number | string }, grid: string): ColumnChoice => readChoice(kept[keyOf(grid)]);

const keepChoice = (layout: Layout, grid: string, choice: ColumnChoice): void => layout.set(keyOf(grid), [...choice].map(([id, on]) => `${on ? '+' : '-'}${encodeURIComponent(id)}`).join(' '));

/** Without those that are off; those that are on keep their place however narrow the list is. */
export function chosenColumns<T>(columns: readonly Column<T>[], choice: ColumnChoice): readonly Column<T>[] {
  return choice.size === 0 ? columns : columns.filter(({ id }) => choice.get(id) !== false).map((column) => (choice.get(column.id) === true ? { ...column, priority: 1 } : column));
}

const nameOf = <T,>({ header, name, id }: Column<T>): string => (typeof header === 'string' && header !== '' ? header : (name ?? id));

interface ChooserProps<T> {
  readonly grid: string;
  readonly columns: readonly Column<T>[];
  readonly choice: ColumnChoice;
  readonly layout: Layout;
  readonly head: RefObject<HTMLElement | null>;
  readonly sorted: { readonly id: string; readonly desc: boolean } | undefined;
  readonly onSort: (id: string, desc: boolean) => void;
}

/** The button at the end of a grid's head: columns on and off, and sorting for who has no pointer. */
export function ColumnChooser<T>({ grid, columns, choice, layout, head, sorted, onSort }: ChooserProps<T>): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const [seen, setSeen] = useState<ReadonlySet<string> | null>(null);
  // The first one, what the list is of, cannot be turned off.
  const named = columns.filter(({ className }) => className !== 'gut');
  const look = (): void => {
    const cells = [...(head.current?.querySelectorAll<HTMLElement>('th[data-column]') ?? [])];
    setSeen(new Set(cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.dataset['column'] ?? '')));
  };
  const isOn = (id: string): boolean => choice.get(id) ?? seen?.has(id) ?? false;
  const at = button.current?.getBoundingClientRect();
  return (
    <>
      <IconButton icon="columns" label={choice.size === 0 ? 'Columns' : 'Columns, some chosen'} className={choice.size === 0 ? '' : 'on'} buttonRef={button} onPress={() => (seen === null ? look() : setSeen(null))} />
      {seen === null ? null : createPortal(
        <Menu label="Columns" className="gr-menu" anchor={button} style={{ top: (at?.bottom ?? 0) + 4, right: Math.max(8, globalThis.innerWidth - (at?.right ?? 0)) }} onClose={() => setSeen(null)}>
          <div role="menu" aria-label="Columns" className="gr-cols">
            {named.map((column, place) => (
              <div key={column.id} role="none" className="gr-line">
                {place === 0 ? (
                  <span className="st-mi">
                    <span className="st-ck" />
                    {nameOf(column)}
                  </span>
                ) : (
                  <button type="button" role="menuitemcheckbox" aria-checked={isOn(column.id)} className="st-mi" onClick={() => keepChoice(layout, grid, new Map(choice).set(column.id, !isOn(column.id)))}>
                    <span className="st-ck">{isOn(column.id) ? <Icon name="check" /> : null}</span>
                    {nameOf(column)}
                  </button>
                )}
                {column.sort === undefined ? null : <SortItem name={nameOf(column)} desc={sorted?.id === column.id ? sorted.desc : null} onSort={(desc) => onSort(column.id, desc)} />}
              </div>
            ))}
            <hr />
            <button type="button" role="menuitem" className="st-mi" aria-disabled={choice.size === 0 ? true : undefined} onClick={() => keepChoice(layout, grid, new Map())}>
              <span className="st-ck" />
              Columns as they were
            </button>
          </div>
        </Menu>,
        // Not inside the list: what scrolls would cut it.
        head.current?.closest('.app') ?? document.body,
      )}
    </>
  );
}

function SortItem({ name, desc, onSort }: { name: string; desc: boolean | null; onSort: (desc: boolean) => void }): ReactNode {
  return (
    <button type="button" role="menuitemradio" aria-checked={desc !== null} aria-label={`Sort by ${name}`} title={`Sort by ${name}`} className="gr-sort" onClick={() => onSort(desc === false)}>
      {desc === null ? '↕' : desc ? '↓' : '↑'}
    </button>
  );
}
