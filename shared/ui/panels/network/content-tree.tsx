import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { JsonObject } from '../../../base/json.ts';
import { formatBytes } from '../../../views/format.ts';
import { treeLines, type TreeLine } from '../../../views/frame-content.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';

const VALUE = /^(?:changes|mutations)\/\d+\/value(?:\/|$)/;
const TONES: { readonly [type: string]: string } = { string: 'sy-s', integer: 'sy-d', number: 'sy-d', boolean: 'sy-cm', null: 'sy-cm', array: 't2' };
const FEW = 8;

/** What a frame held, line by line: arrow keys move, fold and unfold. */
export function ContentTree({ content, hidden }: { content: JsonObject; hidden: boolean }): ReactNode {
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [at, setAt] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const few = Object.values(content).every((value) => !Array.isArray(value) || value.length <= FEW);
  const lines = useMemo(() => treeLines(content, (path, level) => folds.get(path) ?? (level === 0 || (level === 1 && few))), [content, folds, few]);
  const here = Math.max(0, lines.findIndex(({ path }) => path === at));
  const fold = ({ path, isOpen }: TreeLine, to: boolean): void => {
    if (isOpen !== null && isOpen !== to) setFolds(new Map(folds).set(path, to));
  };
  const go = (to: number): void => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
    if (line === undefined) return;
    setAt(line.path);
    tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[lines.indexOf(line)]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines[here];
    if (line === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: { readonly [key: string]: number } = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: lines.length - 1 };
    const to = moves[event.key];
    if (to !== undefined) go(to);
    else if (event.key === 'ArrowRight') fold(line, true);
    else if (event.key === 'ArrowLeft' && line.isOpen === true) fold(line, false);
    else if (event.key === 'ArrowLeft') go(lines.findLastIndex((one, index) => index < here && one.level < line.level));
    else if (event.key === 'Enter' || event.key === ' ') fold(line, line.isOpen !== true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="tree" role="tree" aria-label="Content of the frame" ref={tree} onKeyDown={onKeyDown}>
      {lines.map((line, index) => (
        <div
          key={line.path}
          role="treeitem"
          aria-level={line.level + 1}
          aria-expanded={line.isOpen ?? undefined}
          aria-selected={index === here}
          tabIndex={index === here ? 0 : -1}
          onFocus={() => setAt(line.path)}
          onClick={() => {
            setAt(line.path);
            fold(line, line.isOpen !== true);
          }}
        >
          <span className="nm" style={{ paddingInlineStart: `${line.level * 14}px` }}>
            {line.isOpen === null ? <i className="in" /> : <Icon name={line.isOpen ? 'chev-down' : 'chev-right'} />}
            <Name text={line.name} most={80} />
          </span>
          <span className={`vl mono ${TONES[line.type] ?? ''}`}>{hidden && VALUE.test(line.path) ? <span className="t3">••••</span> : <Name text={line.text} most={200} />}</span>
          <span className="ty t3">{line.type}</span>
          <span className="sz num t3">{formatBytes(line.size)}</span>
        </div>
      ))}
    </div>
  );
}
