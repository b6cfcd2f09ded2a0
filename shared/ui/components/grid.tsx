import { createSortedRowModel, rowSortingFeature, sortFns, tableFeatures, useTable, type RowData, type SortingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { ColumnChooser, choiceOf, chosenColumns, type ColumnChoice } from './column-chooser.tsx';
import { Skeleton } from './skeleton.tsx';

function onResize(changed: () => void): () => void {
  addEventListener('resize', changed);
  return () => removeEventListener('resize', changed);
}

// One table for every list: sorted by @tanstack/react-table, drawn by @tanstack/react-virtual as a real table with rows of one height.

export interface Column<T> {
  readonly id: string;
  readonly header: ReactNode;
  /** What it is called where its header is no text. */
  readonly name?: string;
  /** 1: always shown, to 4: on wide lists only. */
  readonly priority?: 1 | 2 | 3 | 4;
  readonly width?: number | undefined;
  readonly numeric?: boolean;
  readonly className?: string;
  readonly title?: string;
  readonly sort?: (row: T) => string | number;
  readonly cell: (row: T) => ReactNode;
  readonly cellClass?: (row: T) => string;
  readonly cellTitle?: (row: T) => string | undefined;
}

/** A line between rows that names a group. */
export type GridItem<T> = { readonly row: T } | { readonly group: ReactNode; readonly key: string };

interface GridProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string;
  readonly selected: string | null;
  readonly onSelect: (row: T) => void;
  readonly onOpen?: ((row: T) => void) | undefined;
  /** Turns sorted rows into rows under group lines. */
  readonly group?: ((rows: readonly T[]) => readonly GridItem<T>[]) | undefined;
  readonly rowClass?: (row: T) => string;
  readonly className?: string;
  readonly initialSort?: SortingState;
  readonly rowHeight?: number;
  readonly hidden?: ReadonlySet<string>;
  /** The name that chosen columns are kept under, if not the label; null: its columns cannot be chosen. */
  readonly chooser?: string | null;
  readonly loading?: boolean;
  readonly multiselectable?: boolean;
  /** No column is squeezed below what a number or a time needs: the list scrolls. */
  readonly scrolls?: boolean;
  readonly onKey?: (event: KeyboardEvent, row: T | undefined) => void;
  /** Keeps the last row in view as long as a person does not scroll away. */
  readonly stickToEnd?: boolean;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
const NO_SORT: SortingState = [];
const NOTHING_HIDDEN: ReadonlySet<string> = new Set();
const NOTHING_CHOSEN: ColumnChoice = new Map();
/** What a column without a width needs at least where more are shown than there is room for. */
const LEAST_WIDTH = 110;
const CHOOSER_WIDTH = 26;

const classOf = (column: { priority?: number; numeric?: boolean; className?: string }): string =>
  [column.priority === undefined || column.priority === 1 ? '' : `p${column.priority}`, column.numeric === true ? 'num' : '', column.className ?? ''].filter((part) => part !== '').join(' ');

function useRowHeight(asked: number | undefined): number {
  const inspector = useInspector();
  const { density } = useStore(inspector.settings);
  // A low window has lower rows.
  const size = useSyncExternalStore(onResize, () => globalThis.innerHeight <= 520);
  const [height, setHeight] = useState(asked ?? 22);
  useEffect(() => {
    if (asked !== undefined) return;
    const probe = document.querySelector('.app') ?? document.documentElement;
    const value = Number.parseFloat(getComputedStyle(probe).getPropertyValue('--row-h'));
    if (Number.isFinite(value) && value > 0) setHeight(value);
  }, [asked, density, size]);
  return asked ?? height;
}

export function Grid<T extends RowData>(props: GridProps<T>): ReactNode {
  const { label, rows, idOf, selected, onSelect, onOpen, group, rowClass, className = '', initialSort = NO_SORT, hidden = NOTHING_HIDDEN, loading = false } = props;
  const { layout } = useInspector();
  const { chooser = label } = props;
  const kept = useStore(layout.store);
  const choice = useMemo(() => (chooser === null ? NOTHING_CHOSEN : choiceOf(kept, chooser)), [kept, chooser]);
  const offered = useMemo(() => props.columns.filter(({ id }) => !hidden.has(id)), [props.columns, hidden]);
  const columns = useMemo(() => chosenColumns(offered, choice), [offered, choice]);
  const head = useRef<HTMLTableRowElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const rowHeight = useRowHeight(props.rowHeight);
  const definitions = useMemo(
    () => columns.map((column) => ({ id: column.id, accessorFn: (row: T) => column.sort?.(row) ?? '', enableSorting: column.sort !== undefined, sortFn: 'basic' as const })),
    [columns],
  );
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns: definitions, data, initialState: { sorting: initialSort }, getRowId: idOf, enableSortingRemoval: true }, (state) => ({ sorting: state.sorting }));
  const sorted = table.getRowModel().rows.map((row) => row.original);
  const items: readonly GridItem<T>[] = group === undefined ? sorted.map((row) => ({ row })) : group(sorted);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 800, height: 600 },
    scrollPaddingStart: rowHeight,
    // The head stands above the rows, and the rows do not know of it.
    scrollPaddingEnd: rowHeight,
  });
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  const inOrder = items.flatMap((item) => ('row' in item ? [item.row] : []));
  const selectedIndex = items.findIndex((item) => 'row' in item && idOf(item.row) === selected);
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' });
    // Only when another row was chosen: new rows must not pull the list away from where a person reads.
  }, [selected]); // eslint-disable-line react/exhaustive-deps
  const selectedNow = useRef(selectedIndex);
  selectedNow.current = selectedIndex;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // A detail that opens takes room from the list: what was chosen stays in sight.
    let height = element.clientHeight;
    const observer = new ResizeObserver(() => {
      if (element.clientHeight < height && selectedNow.current >= 0) virtual.scrollToIndex(selectedNow.current, { align: 'auto' });
      height = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtual]);
  const atEnd = useRef(true);
  useEffect(() => {
    if (props.stickToEnd === true && atEnd.current && items.length > 0) virtual.scrollToIndex(items.length - 1, { align: 'end' });
  }, [items.length, props.stickToEnd, virtual]);

  const choose = (index: number): void => {
    const row = inOrder[Math.max(0, Math.min(inOrder.length - 1, index))];
    if (row !== undefined) onSelect(row);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>): void => {
    // What is pressed in the menu of columns is no key of the rows.
    if (event.target instanceof Element && event.target.closest('.gr-end, .gr-menu') !== null) return;
    const here = inOrder.findIndex((row) => idOf(row) === selected);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const moves: { readonly [key: string]: number } = { ArrowDown: here + 1, ArrowUp: here < 0 ? 0 : here - 1, PageDown: here + page, PageUp: here - page, Home: 0, End: inOrder.length - 1 };
    const to = moves[event.key];
    const row = here < 0 ? undefined : inOrder[here];
    if (to !== undefined && !event.altKey && !event.ctrlKey) {
      event.preventDefault();
      choose(to);
    } else if (event.key === 'Enter' && row !== undefined && event.target === event.currentTarget) onOpen?.(row);
    else props.onKey?.(event, row);
  };
  const shown = virtual.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = Math.max(0, virtual.getTotalSize() - (shown.at(-1)?.end ?? 0));
  // The name of a group flows over the cells behind it: a cell that spans would make columns of those that are hidden.
  const groupAt = columns[0]?.className === 'gut' ? 1 : 0;
  // Columns that a person turned on are not squeezed: the list scrolls.
  const leastWidth = props.scrolls === true || [...choice.values()].includes(true) ? columns.reduce((sum, { priority = 1, width = LEAST_WIDTH }) => sum + (priority === 1 ? width : 0), CHOOSER_WIDTH) : null;
  const rowId = (id: string): string => `${gridId}-${id}`;
  const press = (event: MouseEvent, row: T): void => {
    onSelect(row);
    if (event.detail === 2) onOpen?.(row);
  };
  return (
    <div
      className="scroll"
      ref={scroller}
      onWheel={({ deltaY, currentTarget }) => {
        // Before the list has moved: a row that comes now would take it back to the end.
        if (deltaY < 0 && currentTarget.scrollTop > 0) atEnd.current = false;
      }}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < rowHeight * 2;
      }}
    >
      <table
        className={`grid ${className}`}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={items.length + 1}
        aria-multiselectable={props.multiselectable}
        style={leastWidth === null ? undefined : { minWidth: leastWidth }}
        aria-activedescendant={selected !== null && shown.some(({ index }) => index === selectedIndex) ? rowId(selected) : undefined}
        onKeyDown={onKeyDown}
      >
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} className={classOf(column)} style={column.width === undefined ? undefined : { width: column.width }} />
          ))}
          {chooser === null ? null : <col style={{ width: CHOOSER_WIDTH }} />}
        </colgroup>
        <thead>
          <tr role="row" aria-rowindex={1} ref={head}>
            {columns.map((column) => {
              const header = table.getColumn(column.id);
              const direction = header?.getIsSorted() ?? false;
              const sortable = column.sort !== undefined;
              return (
                <th
                  key={column.id}
                  data-column={column.id}
                  role="columnheader"
                  className={classOf(column)}
                  title={column.title}
                  aria-label={typeof column.header === 'string' ? undefined : column.name}
                  aria-sort={direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'}
                  onClick={sortable ? () => header?.toggleSorting(direction === 'asc') : undefined}
                >
                  {column.header === '' && column.name !== undefined ? <span className="cn-vh">{column.name}</span> : column.header}
                  {direction === false ? null : direction === 'asc' ? ' ↑' : ' ↓'}
                </th>
              );
            })}
            {chooser === null ? null : (
              <th role="columnheader" className="gr-end" aria-label="Columns">
                <ColumnChooser grid={chooser} columns={offered} choice={choice} layout={layout} head={head} sorted={table.state.sorting[0]} onSort={(id, desc) => table.getColumn(id)?.toggleSorting(desc)} />
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {loading && items.length === 0 ? <Skeleton columns={columns.map(classOf)} /> : null}
          {before > 0 ? <tr aria-hidden="true" className="space" style={{ height: before }} /> : null}
          {shown.map(({ index }) => {
            const item = items[index];
            if (item === undefined) return null;
            if ('group' in item) {
              return (
                <tr key={`group ${item.key}`} role="row" className="grp" aria-rowindex={index + 2}>
                  {columns.map((column, at) => (
                    <td key={column.id} role="gridcell" className={`${classOf(column)} ${at === groupAt ? 'grp-name' : ''}`}>
                      {at === groupAt ? <span>{item.group}</span> : null}
                    </td>
                  ))}
                  {chooser === null ? null : <td className="gr-end" aria-hidden="true" />}
                </tr>
              );
            }
            const { row } = item;
            const id = idOf(row);
            return (
              // By row and not by place: where the order changes under a pointer, a press must not land on what took the place.
              <tr
                key={`row ${id}`}
                id={rowId(id)}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={id === selected}
                className={`${id === selected ? 'is-selected' : ''} ${rowClass?.(row) ?? ''}`}
                onClick={(event) => press(event, row)}
              >
                {columns.map((column) => (
                  <td key={column.id} role="gridcell" className={`${classOf(column)} ${column.cellClass?.(row) ?? ''}`} title={column.cellTitle?.(row)}>
                    {column.cell(row)}
                  </td>
                ))}
                {chooser === null ? null : <td className="gr-end" aria-hidden="true" />}
              </tr>
            );
          })}
          {after > 0 ? <tr aria-hidden="true" className="space" style={{ height: after }} /> : null}
        </tbody>
      </table>
    </div>
  );
}
