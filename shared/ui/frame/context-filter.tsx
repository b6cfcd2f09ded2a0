import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { groupOf, type ContextGroup, type ContextNow } from '../../views/context-now.ts';
import { formatBehind, formatCount, plural } from '../../views/format.ts';
import { FilterField } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { Name, StateIcon } from '../components/parts.tsx';
import { useContexts, useInspector, useView } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';

const GROUPS: readonly ContextGroup[] = ['Ambient', 'Open', 'Dormant'];

/** The list on the left: a click filters every panel by one context, with Ctrl or Shift by several. */
export function ContextFilter(): ReactNode {
  const inspector = useInspector();
  const all = useContexts();
  const view = useView();
  const { groupDormant } = useStore(inspector.settings);
  const [search, setSearch] = useState('');
  const [anchor, setAnchor] = useState<string | null>(null);
  const needle = search.toLowerCase();
  const found = all.filter(({ contextId, title }) => needle === '' || `${contextId} ${title}`.toLowerCase().includes(needle));
  const groups = groupDormant ? GROUPS.map((name) => ({ name, list: found.filter((context) => groupOf(context) === name) })) : [{ name: 'All' as const, list: found }];
  const inOrder = groups.flatMap(({ list }) => list);

  const choose = (context: ContextNow, event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }): void => {
    const id = context.contextId;
    if (event.shiftKey && anchor !== null) {
      const from = inOrder.findIndex(({ contextId }) => contextId === anchor);
      const to = inOrder.findIndex(({ contextId }) => contextId === id);
      inspector.show({ contexts: inOrder.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ contextId }) => contextId), selected: id });
      return;
    }
    setAnchor(id);
    const has = view.contexts.includes(id);
    if (event.ctrlKey || event.metaKey) inspector.show({ contexts: has ? view.contexts.filter((one) => one !== id) : [...view.contexts, id] });
    else inspector.show({ contexts: has && view.contexts.length === 1 ? [] : [id], selected: id });
  };
  const byKey = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    if (event.altKey) return;
    const options = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-ctx]')];
    const here = options.findIndex((option) => option === document.activeElement);
    event.preventDefault();
    options[Math.max(0, Math.min(options.length - 1, here + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
  };
  const first = inOrder.find(({ contextId }) => view.contexts.includes(contextId))?.contextId;
  return (
    <nav className="side" aria-label="Context filter" data-region>
      <div className="side-head">
        <FilterField label="Filter contexts" placeholder="Filter contexts" icon="search" kbd="Alt /" value={search} onChange={setSearch} />
      </div>
      <div className="side-body" onKeyDown={byKey}>
        <button type="button" data-ctx className={`ctx all ${view.contexts.length === 0 ? 'is-selected' : ''}`} onClick={() => inspector.show({ contexts: [] })}>
          <span className="id">All contexts</span>
          <span className="num t3">{formatCount(all.length)}</span>
        </button>
        {groups.map(({ name, list }) =>
          list.length === 0 ? null : (
            <section key={name}>
              <h3>
                {name} <span>{formatCount(list.length)}</span>
              </h3>
              <ul role="listbox" aria-multiselectable="true" aria-label={name}>
                {list.map((context) => (
                  <li
                    key={context.contextId}
                    data-ctx
                    role="option"
                    aria-selected={view.contexts.includes(context.contextId)}
                    tabIndex={context.contextId === first ? 0 : -1}
                    className={`ctx ${view.contexts.includes(context.contextId) ? 'is-selected' : ''}`}
                    title={context.title.slice(0, 200)}
                    onClick={(event) => choose(context, event)}
                    onKeyDown={(event) => {
                      if (event.key !== 'Enter' && event.key !== ' ') return;
                      event.preventDefault();
                      choose(context, event);
                    }}
                  >
                    <ContextLine context={context} />
                  </li>
                ))}
              </ul>
            </section>
          ),
        )}
        {found.length === 0 && all.length > 0 ? <p className="t3 side-none">No context matches.</p> : null}
      </div>
      <div className="side-foot">
        <span>{view.contexts.length === 0 ? 'Click to filter every panel' : `${plural(view.contexts.length, 'context')} shown`}</span>
      </div>
    </nav>
  );
}

/** State, id, pending writes (▲) and versions behind of one context. */
export function ContextLine({ context }: { context: ContextNow }): ReactNode {
  return (
    <>
      <StateIcon state={context.state} />
      <span className="id">
        <Name text={context.contextId} most={80} />
      </span>
      {context.pending > 0 ? (
        <span className="c-pending num" title={plural(context.pending, 'pending write')}>
          {formatCount(context.pending)}
          <Icon name="ev-push" />
        </span>
      ) : null}
      {context.behind > 0 ? (
        <span className="lag num" title={`${plural(context.behind, 'version')} behind the server`}>
          {formatBehind(context.behind)}
        </span>
      ) : null}
    </>
  );
}
