import type { KeyboardEvent, ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, plural } from '../../../views/format.ts';
import type { SinceThen } from '../../../views/since.ts';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { LinkButton, Name } from '../../components/parts.tsx';
import { useContexts, useInspector } from '../../state/inspector.ts';
import { KEPT, type KeptList } from './kept.ts';
import type { ThenState } from './use-then.ts';
import type { Entity } from './value.tsx';

interface EntityListProps {
  readonly context: ContextNow;
  readonly entities: readonly Entity[];
  readonly chosen: string | null;
  readonly kept: KeptList | null;
  readonly then: ThenState | null;
  readonly onChoose: (entity: string) => void;
  readonly onKept: (list: KeptList) => void;
}

const KEPT_MARKS: { readonly [list in KeptList]: { readonly icon: IconName; readonly tone: string } } = { outbox: { icon: 'ev-push', tone: 'c-pending' }, conflicts: { icon: 'ev-conflict', tone: 'c-conflict' }, quarantine: { icon: 'lock', tone: 'c-pending' } };

/** How many sync keeps: a quarantine is the outbox of a context that has no rows here. */
export function keptCount(list: KeptList, { row, status, pending }: ContextNow): number {
  if (list === 'conflicts') return status.conflicts;
  return (list === 'quarantine') === (row.quarantine !== null && !row.partition.present) ? pending : 0;
}

/** Entities of the schema with their strategy and counts, as of a version with what became of them since; under them what sync keeps. */
export function EntityList({ context, entities, chosen, kept, then, onChoose, onKept }: EntityListProps): ReactNode {
  const rowsOf = then === null ? null : Map.groupBy(then.rows.filter(({ deleted }) => !deleted), ({ entity }) => entity);
  const countOf = ({ entity, rows }: Entity): number => (rowsOf === null ? rows : (rowsOf.get(entity)?.length ?? 0));
  const names = entities.map(({ entity }) => entity);
  return (
    <nav className="da-ents" aria-label="Entities">
      <div className="da-h">
        <b>Entities</b> <span className="t3">{entities.length}</span>
        <span className="grow" />
        <span className="t3">{then === null ? 'strategy' : `since ${formatCount(then.version)}`}</span>
        <span className="num t3">rows</span>
      </div>
      <div className="scroll">
        <div role="listbox" aria-label="Entities" onKeyDown={byArrows(names, chosen, onChoose)}>
          {entities.map((one) => {
            const { entity, strategy, pending, conflicts } = one;
            const isChosen = kept === null && entity === chosen;
            return (
              <button key={entity} type="button" role="option" className={`da-ent ${isChosen ? 'is-selected' : ''}`} aria-selected={isChosen} tabIndex={entity === chosen ? 0 : -1} title={titleOf(one, countOf(one))} onClick={() => onChoose(entity)}>
                <span className="id">
                  <Name text={entity} most={60} />
                </span>
                {then === null ? (
                  <>
                    <span className="mk">
                      {pending > 0 ? <Icon name="ev-push" className="c-pending" label={`${pending} pending`} /> : null}
                      {conflicts > 0 && pending === 0 ? <Icon name="ev-conflict" className="c-conflict" label={`${conflicts} conflicts`} /> : null}
                    </span>
                    <span className="st t3">{strategy}</span>
                  </>
                ) : (
                  <SinceCounts since={then.since?.get(entity)} />
                )}
                <span className="num">{formatCount(countOf(one))}</span>
              </button>
            );
          })}
        </div>
        <div className="da-sum">
          <span className="id">All</span>
          <span className="num">{formatCount(entities.reduce((sum, one) => sum + countOf(one), 0))}</span>
        </div>
        <div className="da-h">
          <b>Kept by sync</b>
        </div>
        <div role="listbox" aria-label="Kept by sync" onKeyDown={byArrows(KEPT, kept, onKept)}>
          {KEPT.map((list) => {
            const count = keptCount(list, context);
            return (
              <button key={list} type="button" role="option" className={`da-ent ${list === kept ? 'is-selected' : ''}`} aria-selected={list === kept} tabIndex={list === (kept ?? 'outbox') ? 0 : -1} onClick={() => onKept(list)}>
                <span className="id">{list}</span>
                <span className="mk">{count === 0 ? null : <Icon name={KEPT_MARKS[list].icon} className={KEPT_MARKS[list].tone} />}</span>
                <span className={`num ${count === 0 ? 't3' : ''}`}>{formatCount(count)}</span>
              </button>
            );
          })}
        </div>
      </div>
      <Ambient context={context} />
    </nav>
  );
}

const titleOf = ({ entity, strategy, pending, conflicts }: Entity, rows: number): string =>
  `${entity.slice(0, 60)}: ${plural(rows, 'row')}, strategy ${strategy}${pending === 0 ? '' : `, ${pending} pending`}${conflicts === 0 ? '' : `, ${plural(conflicts, 'kept conflict')}`}`;

function byArrows<T extends string>(names: readonly T[], chosen: T | null, onChoose: (name: T) => void): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || event.altKey) return;
    event.preventDefault();
    const here = chosen === null ? 0 : names.indexOf(chosen);
    const to = Math.max(0, Math.min(names.length - 1, here + by));
    const next = names[to];
    if (next === undefined) return;
    onChoose(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=option]')[to]?.focus();
  };
}

function SinceCounts({ since }: { since: SinceThen | undefined }): ReactNode {
  if (since === undefined) return null;
  return (
    <span className="df">
      {since.added === 0 ? null : <b className="c-ok">+{formatCount(since.added)}</b>}
      {since.changed === 0 ? null : <b className="c-accent">~{formatCount(since.changed)}</b>}
      {since.deleted === 0 ? null : <b className="c-error">−{formatCount(since.deleted)}</b>}
    </span>
  );
}

/** Where references of these rows lead. */
function Ambient({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const ambient = useContexts().filter(({ row }) => row.kind === 'ambient' && row.serverId === context.row.serverId && row.partition.present && row.contextId !== context.contextId);
  return (
    <div className="da-foot">
      {ambient.length === 0 ? <p className="t2">There is no ambient context here that references could be read from.</p> : null}
      {ambient.map(({ contextId, row }) => (
        <p key={contextId} className="t2">
          References are read late from <Icon name="lc-ambient" className="c-ambient" />{' '}
          <LinkButton title={`Show the rows of ${contextId}`.slice(0, 100)} onPress={() => inspector.show({ selected: contextId })}>
            <Name text={contextId} most={40} />
          </LinkButton>
          , now at {formatCount(row.localVersion)}.
        </p>
      ))}
    </div>
  );
}

/** Entities and lists where there is no room for them beside the rows. */
export function EntityPicker({ context, entities, chosen, kept, onChoose, onKept }: Omit<EntityListProps, 'then'>): ReactNode {
  return (
    <label className="btn da-ctx da-pick">
      <span className="cn-vh">Entity</span>
      <select
        aria-label="Entity"
        value={kept === null ? `entity ${chosen ?? ''}` : `kept ${kept}`}
        onChange={({ target: { value } }) => {
          const list = KEPT.find((one) => value === `kept ${one}`);
          if (list === undefined) onChoose(value.slice('entity '.length));
          else onKept(list);
        }}
      >
        <optgroup label="Entities">
          {entities.map(({ entity, rows }) => (
            <option key={entity} value={`entity ${entity}`}>
              {entity.slice(0, 60)} {formatCount(rows)}
            </option>
          ))}
        </optgroup>
        <optgroup label="Kept by sync">
          {KEPT.map((list) => (
            <option key={list} value={`kept ${list}`}>
              {list} {formatCount(keptCount(list, context))}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}
