import { Fragment, useState, type ReactNode } from 'react';
import { isJsonObject } from '../../../base/json.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatClock, formatCount, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import type { Kept } from './kept.ts';
import { queryRow } from './query-row.ts';
import { ReferencedBy } from './referenced-by.tsx';
import { changedFields } from './row-columns.tsx';
import { useRowConflicts, type RowConflicts } from './row-conflicts.ts';
import { RowHistory } from './row-history.tsx';
import { RowTree } from './row-tree.tsx';
import type { DataRow, Entity } from './value.tsx';

interface RowDetailProps {
  readonly context: ContextNow;
  readonly entities: readonly Entity[];
  readonly entity: Entity;
  readonly row: DataRow;
  /** The version that the row is shown as of; null: now. */
  readonly asOf: number | null;
  readonly kept: Kept;
  readonly masked: boolean;
  readonly onClose: () => void;
}

/** One row: its value as a tree or JSON, how it came to be, what of it waits, and what points at it. */
export function RowDetail({ context, entities, entity, row, asOf, kept, masked, onClose }: RowDetailProps): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const [mode, setMode] = useState<'tree' | 'json'>('tree');
  const { contextId } = context;
  const name = `${entity.entity}/${row.id}`;
  const { value } = row;
  const conflicts = useRowConflicts(contextId, entity.entity, row.id, value, kept);
  const waiting = context.status.pending.filter((write) => write.entity === entity.entity && write.entityId === row.id);
  const base = asOf === null ? kept.bases.get(name) : undefined;
  return (
    <section className="detail" aria-label={name.slice(0, 100)} data-region>
      <DetailHead
        name="data"
        onClose={onClose}
        actions={
          <>
            <Button className="quiet p2" icon="copy" label="Copy as JSON" kbd="C" onPress={() => void inspector.copy(JSON.stringify(value, null, 2), name.slice(0, 60))} />
            <Button className="quiet p3" icon="edit" label="Open in Query" kbd="Q" onPress={() => queryRow(inspector, contextId, entity.entity, row.id)} />
            <Button className="quiet p3" icon="clock" label="Show in Timeline" kbd="T" onPress={() => inspector.go('timeline', { fields: { ...fields, timeline: `entity:${entity.entity} id:${row.id}` }, contexts: [contextId], width: 0, to: null })} />
          </>
        }
      >
        <h2>
          <Icon name="table" />
          <span className="mono clip">
            <Name text={name} most={80} />
          </span>
        </h2>
        <span className="tag line mono">{asOf !== null ? `as of ${formatCount(asOf)}` : row.version === 0 ? 'new' : `version ${formatCount(row.version)}`}</span>
        {waiting.length > 0 || row.mark === 'pending' ? (
          <span className="tag tint-pending p2">
            <Icon name="ev-push" />
            {Math.max(1, waiting.length)} pending
          </span>
        ) : null}
        {conflicts.own.length === 0 ? null : (
          <span className="tag tint-conflict p2">
            <Icon name="ev-conflict" />
            {plural(conflicts.own.length, 'conflict')}
          </span>
        )}
      </DetailHead>
      <div className="detail-body">
        <div className="cols da-cols">
          <section className="da-val">
            <h3 className="h">
              Value <span className="t2">{isJsonObject(value) ? plural(Object.keys(value).length, 'field') : ''}</span>
              <span className="push">
                <Segments label="Show as" className="da-seg" value={mode} onChange={setMode} options={[{ value: 'tree', label: 'Tree' }, { value: 'json', label: 'JSON' }]} />
              </span>
            </h3>
            {masked ? <p className="c-pending">The client’s policy keeps values to itself: types and lengths are shown.</p> : null}
            {row.deleted === true ? (
              <p className="c-error">{waiting.length > 0 ? 'Deleted here. The server has not got that yet.' : 'The row is deleted.'}</p>
            ) : mode === 'tree' && isJsonObject(value) ? (
              <RowTree value={value} entity={entity} hidden={!showValues} notes={{ base, decided: asOf === null ? conflicts.decided : NOTHING }} />
            ) : showValues ? (
              <JsonText className="codebox" value={value} label="The value as JSON" />
            ) : (
              <p className="t2">Values are hidden. Press V to show them.</p>
            )}
          </section>
          <RowHistory contextId={contextId} entity={entity.entity} id={row.id} hidden={!showValues} />
          <section>
            <InOutbox waiting={waiting} changed={showValues || base !== null ? changedFields(base ?? undefined, value) : []} />
            <Conflicts conflicts={conflicts} contextId={contextId} name={{ entity: entity.entity, id: row.id }} />
            <ReferencedBy contextId={contextId} entities={entities} entity={entity.entity} id={row.id} />
          </section>
        </div>
      </div>
    </section>
  );
}

const NOTHING: RowConflicts['decided'] = new Map();

function InOutbox({ waiting, changed }: { waiting: ContextNow['status']['pending']; changed: readonly string[] }): ReactNode {
  const now = useNow();
  const oldest = waiting[0];
  return (
    <>
      <Heading note={oldest === undefined ? 'nothing waits' : `${formatCount(waiting.length)}, waits ${formatAge(now - oldest.writtenAt)}`}>In the outbox</Heading>
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
      {waiting.length === 0 || changed.length === 0 ? null : (
        <p className="t2 da-p">
          Changes <Name text={changed.join(', ')} most={120} className="mono" />
        </p>
      )}
    </>
  );
}

/** The newest kept conflicts on the row, by what they decided. */
function Conflicts({ conflicts: { own, details }, contextId, name }: { conflicts: RowConflicts; contextId: string; name: { readonly entity: string; readonly id: string } }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const refused = useRefusal('Conflict.list');
  const open = (): void => inspector.go('conflicts', { selected: contextId, fields: { ...fields, conflicts: `entity:${name.entity} id:${name.id}` } });
  return (
    <>
      <Heading note={own.length === 0 ? '' : `${formatCount(own.length)} kept`} action={own.length === 0 ? undefined : <LinkButton className="push" onPress={open}>Open</LinkButton>}>
        Conflicts
      </Heading>
      {own.length === 0 ? <p className="t2">{refused ?? 'None kept on this row.'}</p> : null}
      <dl className="kv da-touch">
        {own.slice(0, MOST_CONFLICTS).map((one) => {
          const fieldsDecided = details.find(({ conflictId }) => conflictId === one.conflictId)?.decided.filter(({ field }) => field !== '') ?? [];
          return (
            <div key={one.conflictId} className="cf-try-line">
              <dt className="mono c-conflict" title={formatClock(one.at)}>
                <Icon name="ev-conflict" className="c-conflict" /> {one.theirVersion === null ? formatClock(one.at) : formatCount(one.theirVersion)}
              </dt>
              <dd>{fieldsDecided.length === 0 ? `${one.strategy}, ${one.state === 'open' ? 'open' : one.winner}` : <Name text={fieldsDecided.map(({ field, winner }) => `${field} ${winner}`).join(', ')} most={120} />}</dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

const MOST_CONFLICTS = 4;
