import { Fragment, useState, type ReactNode } from 'react';
import { isJsonObject } from '../../../base/json.ts';
import type { ConflictRow } from '../../../protocol/debug/index.ts';
import { formatAge, formatClock, formatCount, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useContexts, useInspector, useNow, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import type { Kept } from './kept.ts';
import { ReferencedBy } from './referenced-by.tsx';
import { useRowConflicts } from './row-conflicts.ts';
import { RowHistory } from './row-history.tsx';
import { RowTree, type FieldNotes } from './row-tree.tsx';
import type { DataRow, Entity } from './value.tsx';

interface RowDetailProps {
  readonly contextId: string;
  readonly entities: readonly Entity[];
  readonly entity: Entity;
  readonly row: DataRow;
  readonly masked: boolean;
  readonly kept: Kept;
  /** False: the row is one of a past version, and what waits or was decided since says nothing of it. */
  readonly isNow: boolean;
  readonly onClose: () => void;
}

/** One row: its value as a tree or JSON, how it came to be, what of it waits. */
export function RowDetail({ contextId, entities, entity, row, masked, kept, isNow, onClose }: RowDetailProps): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const [mode, setMode] = useState<'tree' | 'json'>('tree');
  const context = useContexts().find((one) => one.contextId === contextId);
  const now = useNow();
  const waiting = context?.status.pending.filter((write) => write.entity === entity.entity && write.entityId === row.id) ?? [];
  const { value } = row;
  const met = useRowConflicts(contextId, entity.entity, row.id, value, kept);
  const notes = isNow ? { base: kept.bases.get(`${entity.entity}/${row.id}`), decided: met.decided } : NO_NOTES;
  const name = `${entity.entity}/${row.id}`;
  return (
    <section className="detail" aria-label={name.slice(0, 100)} data-region>
      <DetailHead
        name="data"
        onClose={onClose}
        actions={
          <>
            <Button className="quiet p2" icon="copy" label="Copy as JSON" kbd="C" onPress={() => void inspector.copy(JSON.stringify(value, null, 2), name.slice(0, 60))} />
            <Button className="quiet p3" icon="chart" label="Show in Timeline" kbd="T" onPress={() => inspector.go('timeline', { fields: { ...fields, timeline: `entity:${entity.entity} id:${row.id}` }, contexts: [contextId], width: 0, to: null })} />
          </>
        }
      >
        <h2>
          <Icon name="table" />
          <span className="mono clip">
            <Name text={name} most={80} />
          </span>
        </h2>
        <span className="tag line mono">version {formatCount(row.version)}</span>
        {isNow && (row.mark === 'pending' || waiting.length > 0) ? (
          <span className="tag tint-pending">
            <Icon name="ev-push" />
            {plural(waiting.length, 'pending write')}
          </span>
        ) : null}
        {met.own.length === 0 ? null : (
          <span className="tag tint-conflict p2">
            <Icon name="ev-conflict" />
            {plural(met.own.length, 'conflict')}
          </span>
        )}
      </DetailHead>
      <div className="detail-body">
        <div className="cols da-cols">
          <section>
            <h3 className="h">
              Value <span className="t2">{isJsonObject(value) ? plural(Object.keys(value).length, 'field') : ''}</span>
              <span className="push">
                <Segments label="Show as" value={mode} onChange={setMode} options={[{ value: 'tree', label: 'Tree' }, { value: 'json', label: 'JSON' }]} />
              </span>
            </h3>
            {masked ? <p className="c-pending">The client’s policy keeps values to itself: types and lengths are shown.</p> : null}
            {mode === 'tree' && isJsonObject(value) ? <RowTree value={value} entity={entity} hidden={!showValues} notes={notes} /> : showValues ? <JsonText className="codebox" value={value} label="The value as JSON" /> : <p className="t2">Values are hidden. Press V to show them.</p>}
          </section>
          <RowHistory contextId={contextId} entity={entity.entity} id={row.id} hidden={!showValues} />
          <section>
            <Heading note={waiting.length === 0 ? 'nothing waits' : plural(waiting.length, 'write')}>In the outbox</Heading>
            <dl className="kv cx-writes">
              {waiting.map((write) => (
                <Fragment key={write.mutationId}>
                  <dt className="mono c-pending" title={write.mutationId}>
                    <Icon name="ev-push" className="c-push" /> {write.op}
                  </dt>
                  <dd className="t2">
                    {write.state}
                    {write.baseVersion === null ? '' : `, base ${formatCount(write.baseVersion)}`}
                  </dd>
                  <dd className="t2">{formatAge(now - write.writtenAt)}</dd>
                </Fragment>
              ))}
            </dl>
            <Heading note={`${formatCount(entity.conflicts)} of ${entity.entity}`} action={<LinkButton className="push" onPress={() => inspector.go('conflicts', { fields: { ...fields, conflicts: `entity:${entity.entity} id:${row.id}` } })}>Open</LinkButton>}>
              Conflicts
            </Heading>
            <ConflictLines own={met.own} contextId={contextId} />
            <ReferencedBy contextId={contextId} entities={entities} entity={entity.entity} id={row.id} />
          </section>
        </div>
      </div>
    </section>
  );
}

const NO_NOTES: FieldNotes = { base: undefined, decided: new Map() };
const MOST_CONFLICTS = 4;

/** The newest kept conflicts on this row. */
function ConflictLines({ own, contextId }: { own: readonly ConflictRow[]; contextId: string }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  if (own.length === 0) return <p className="t2">None is kept on this row.</p>;
  return (
    <dl className="kv">
      {own.slice(0, MOST_CONFLICTS).map(({ conflictId, at, entity, entityId, strategy, state, winner }) => (
        <div key={conflictId} className="cf-try-line">
          <dt className="mono">
            <LinkButton title="Open the conflicts of this row" onPress={() => inspector.go('conflicts', { selected: contextId, fields: { ...fields, conflicts: `entity:"${entity}" id:"${entityId}"`, 'conflicts.state': '' } })}>
              {formatClock(at)}
            </LinkButton>
          </dt>
          <dd>
            {strategy}, {state === 'open' ? 'open' : winner}
          </dd>
        </div>
      ))}
    </dl>
  );
}
