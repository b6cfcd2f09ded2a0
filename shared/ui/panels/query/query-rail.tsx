import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { formatClock, formatCount, formatMs, formatWhen, plural } from '../../../views/format.ts';
import { FilterField, IconButton } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { LinkButton } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import type { AskedTarget, SavedQueries, SavedQuery } from './saved-queries.ts';
import { TEMPLATES } from './templates.ts';

export interface Loaded {
  readonly sql: string;
  readonly target: AskedTarget;
}

interface QueryRailProps {
  readonly queries: SavedQueries;
  readonly current: Loaded;
  readonly onLoad: (query: Loaded) => void;
  readonly onSave: () => void;
}

const ICONS: { readonly [target in AskedTarget]: IconName } = { context: 'db', recording: 'clock', bisect: 'branch' };
const OVER: { readonly [target in AskedTarget]: string } = { context: 'over one context', recording: 'over the recording', bisect: 'bisects the recording' };

/** Templates, saved queries, and what was run: one press puts one into the editor. */
export function QueryRail({ queries, current, onLoad, onSave }: QueryRailProps): ReactNode {
  const inspector = useInspector();
  const saved = useStore(queries.saved);
  const history = useStore(queries.history);
  const [search, setSearch] = useState('');
  const [renaming, setRenaming] = useState<string | null>(null);
  const fits = (...texts: readonly string[]): boolean => texts.join(' ').toLowerCase().includes(search.toLowerCase());
  const isCurrent = ({ sql, target }: Loaded): boolean => sql === current.sql && target === current.target;
  const shownTemplates = TEMPLATES.filter(({ title, sql }) => fits(title, sql));
  const shownSaved = saved.filter(({ name, sql }) => fits(name, sql));
  const shownRuns = history.filter(({ sql }) => fits(sql));
  const drop = (query: SavedQuery): void => {
    queries.delete(query.name);
    inspector.toast({ icon: 'trash', tone: 't2', title: `${query.name} is no longer saved`, action: { label: 'Undo', run: () => queries.save(query) } });
  };
  const clear = (): void => {
    const before = queries.forgetHistory();
    inspector.toast({ icon: 'trash', tone: 't2', title: 'The history is empty', action: { label: 'Undo', run: () => queries.history.set(before) } });
  };
  return (
    <>
      <div className="qu-rh">
        <FilterField label="Find a query" placeholder="Find a query" icon="search" value={search} onChange={setSearch} />
        <IconButton icon="plus" label="New query" onPress={() => onLoad({ sql: '', target: current.target })} />
      </div>
      <div className="scroll" onKeyDown={rove}>
        <Section title="Templates" count={shownTemplates.length}>
          {shownTemplates.map((template) => (
            <li key={template.title}>
              <button type="button" data-rove className={`qu-q ${isCurrent(template) ? 'is-selected' : ''}`} title={`${template.title}, ${OVER[template.target]}`} onClick={() => onLoad(template)}>
                <Icon name={ICONS[template.target]} className="t3" />
                <span className="id">{template.title}</span>
              </button>
            </li>
          ))}
        </Section>
        <Section title="Saved" count={shownSaved.length} empty={search === '' ? 'What is saved stays in this browser.' : undefined} action={<LinkButton title={`Save this query (${modKey('S')})`} onPress={onSave}>Save…</LinkButton>}>
          {shownSaved.map((query) => (
            <li key={query.name} className="qu-sv">
              {renaming === query.name ? (
                <Rename
                  name={query.name}
                  onDone={(name) => {
                    if (name !== null) queries.rename(query.name, name);
                    setRenaming(null);
                  }}
                />
              ) : (
                <>
                  <button type="button" data-rove className={`qu-q ${isCurrent(query) ? 'is-selected' : ''}`} title={`${query.name}, ${OVER[query.target]}`} onClick={() => onLoad(query)} onKeyDown={(event) => event.key === 'F2' && setRenaming(query.name)}>
                    <Icon name={ICONS[query.target]} className="t3" />
                    <bdi className="id">{query.name}</bdi>
                  </button>
                  <IconButton icon="edit" label={`Rename ${query.name}`} onPress={() => setRenaming(query.name)} />
                  <IconButton icon="trash" label={`Delete ${query.name}`} onPress={() => drop(query)} />
                </>
              )}
            </li>
          ))}
        </Section>
        <Section title="History" count={shownRuns.length} action={history.length === 0 ? undefined : <LinkButton onPress={clear}>Clear</LinkButton>}>
          {shownRuns.map((run) => (
            <li key={`${run.at} ${run.target} ${run.sql.slice(0, 40)}`}>
              <button type="button" data-rove className="qu-hq" title={`${formatClock(run.at)}, ${run.durationMs === null ? 'failed' : run.rows === null ? formatMs(run.durationMs) : plural(run.rows, 'row')}\n${run.sql.slice(0, 1_000)}`} onClick={() => onLoad(run)}>
                <span className="sql mono clip">{`${run.target === 'bisect' ? 'bisect: ' : ''}${run.sql.replaceAll(/--[^\n]*\n/g, '').replaceAll(/\s+/g, ' ').trim().slice(0, 80)}`}</span>
                <span className="mono t3">{formatWhen(run.at, Date.now()).replace(/\.\d+$/, '')}</span>
                <span className={`num mono ${run.durationMs === null ? 'c-error' : 't3'}`}>{run.durationMs === null ? 'error' : formatMs(run.durationMs)}</span>
              </button>
            </li>
          ))}
        </Section>
        {shownTemplates.length + shownSaved.length + shownRuns.length > 0 ? null : <p className="t2 qu-none">No query holds “{search.slice(0, 40)}”.</p>}
      </div>
      <div className="qu-rf t3">
        <Icon name="db" /> one context <Icon name="clock" /> recording
      </div>
    </>
  );
}

function Section({ title, count, empty, action, children }: { title: string; count: number; empty?: string | undefined; action?: ReactNode; children: ReactNode }): ReactNode {
  if (count === 0 && empty === undefined) return null;
  return (
    <section aria-label={title}>
      <h3>
        {title} <span>{formatCount(count)}</span>
        {action === undefined ? null : <span className="push">{action}</span>}
      </h3>
      {count === 0 ? <p className="t3 qu-none">{empty}</p> : <ul>{children}</ul>}
    </section>
  );
}

/** Null: it keeps its name. */
function Rename({ name, onDone }: { name: string; onDone: (name: string | null) => void }): ReactNode {
  const [value, setValue] = useState(name);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return (
    <label className="field">
      <input
        aria-label={`New name of ${name}`}
        ref={field}
        value={value}
        maxLength={120}
        onChange={(event) => setValue(event.target.value)}
        onBlur={() => onDone(value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') onDone(value);
          if (event.key === 'Escape') onDone(null);
        }}
      />
    </label>
  );
}

/** The arrow keys go through all queries of the rail. */
function rove(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || !(event.target instanceof HTMLElement) || event.target.dataset['rove'] === undefined || event.altKey) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-rove]')];
  all[Math.max(0, Math.min(all.length - 1, all.indexOf(event.target) + by))]?.focus();
}
