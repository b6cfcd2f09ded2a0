import type { ReactNode } from 'react';
import { formatCount } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import type { Entity } from './value.tsx';

/** Entities of the schema with their strategy and counts. */
export function EntityList({ entities, chosen, pending, conflicts, onChoose }: { entities: readonly Entity[]; chosen: string | null; pending: number; conflicts: number; onChoose: (entity: string) => void }): ReactNode {
  return (
    <nav className="da-ents" aria-label="Entities">
      <div className="da-h">
        <b>Entities</b> <span className="t3">{entities.length}</span>
        <span className="grow" />
        <span className="t3">strategy</span>
        <span className="num t3">rows</span>
      </div>
      <div
        role="listbox"
        aria-label="Entities"
        className="scroll"
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (by === undefined || event.altKey) return;
          event.preventDefault();
          const here = entities.findIndex(({ entity }) => entity === chosen);
          const next = entities[Math.max(0, Math.min(entities.length - 1, here + by))];
          if (next !== undefined) onChoose(next.entity);
        }}
      >
        {entities.map(({ entity, strategy, rows, pending: waiting, conflicts: met }) => (
          <button key={entity} type="button" role="option" className={`da-ent ${entity === chosen ? 'is-selected' : ''}`} aria-selected={entity === chosen} tabIndex={entity === chosen ? 0 : -1} onClick={() => onChoose(entity)}>
            <span className="id">
              <Name text={entity} most={60} />
            </span>
            <span className="mk">
              {waiting > 0 ? <Icon name="ev-push" className="c-pending" label={`${waiting} pending`} /> : null}
              {met > 0 && waiting === 0 ? <Icon name="ev-conflict" className="c-conflict" label={`${met} conflicts`} /> : null}
            </span>
            <span className="st t3">{strategy}</span>
            <span className="num">{formatCount(rows)}</span>
          </button>
        ))}
      </div>
      <div className="da-sum">
        <span className="id">All</span>
        <span className="num">{formatCount(entities.reduce((sum, { rows }) => sum + rows, 0))}</span>
      </div>
      <div className="da-foot">
        <p className="t2">
          Outbox {formatCount(pending)}, conflicts {formatCount(conflicts)}.
        </p>
        <p className="t3">References are read late, from the ambient tier.</p>
      </div>
    </nav>
  );
}
