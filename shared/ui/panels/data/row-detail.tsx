import { Fragment, useState, type ReactNode } from 'react';
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';
import { conflictsOf } from '../../../views/conflicts.ts';
import { formatAge, formatClock, formatCount, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useContexts, useInspector, useNow, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import { ReferencedBy } from './referenced-by.tsx';
import { RowHistory } from './row-history.tsx';
import { Value, type DataRow, type Entity } from './value.tsx';

/** One row: its value as a tree or JSON, how it came to be, what of it waits. */
export function RowDetail({ contextId, entities, entity, row, masked, onClose }: { contextId: string; entities: readonly Entity[]; entity: Entity; row: DataRow; masked: boolean; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const { showValues } = useStore(inspector.settings);
  const [mode, setMode] = useState<'tree' | 'json'>('tree');
  const context = useContexts().find((one) => one.contextId === contextId);
  const now = useNow();
  const waiting = context?.status.pending.filter((write) => write.entity === entity.entity && write.entityId === row.id) ?? [];
  const { value } = row;
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
        {row.mark === 'pending' ? (
          <span className="tag tint-pending">
            <Icon name="ev-push" />
            {plural(waiting.length, 'pending write')}
          </span>
        ) : null}
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
            {mode === 'tree' && isJsonObject(value) ? <Tree value={value} entity={entity} hidden={!showValues} /> : showValues ? <JsonText className="codebox" value={value} label="The value as JSON" /> : <p className="t2">Values are hidden. Press V to show them.</p>}
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
            <RowConflicts contextId={contextId} entity={entity.entity} id={row.id} />
            <ReferencedBy contextId={contextId} entities={entities} entity={entity.entity} id={row.id} />
          </section>
        </div>
      </div>
    </section>
  );
}

const MOST_CONFLICTS = 4;

/** The newest conflicts on this row that the recording knows. */
function RowConflicts({ contextId, entity, id }: { contextId: string; entity: string; id: string }): ReactNode {
  const inspector = useInspector();
  const { cursor, fields } = useView();
  const place = inspector.place();
  const { value } = useRead(`conflicts ${cursor ?? 'live'}`, (read) => conflictsOf(read, place, MOST_READ));
  const own = (value ?? []).filter((one) => one.contextId === contextId && one.entity === entity && one.entityId === id);
  if (own.length === 0) return <p className="t2">None on this row in the recording.</p>;
  return (
    <dl className="kv">
      {own.slice(0, MOST_CONFLICTS).map((one) => (
        <div key={one.place} className="cf-try-line">
          <dt className="mono">
            <LinkButton title="Open the conflict" onPress={() => inspector.go('conflicts', { selected: contextId, fields: { ...fields, 'conflicts.row': String(one.place) } })}>
              {formatClock(one.at)}
            </LinkButton>
          </dt>
          <dd>
            {one.strategy}, {one.state === 'open' ? 'open' : one.winner}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const MOST_READ = 5_000;

function Tree({ value, entity, hidden }: { value: JsonObject; entity: Entity; hidden: boolean }): ReactNode {
  const typeOf = (one: Json): string => (one === null ? 'null' : Array.isArray(one) ? `list[${one.length}]` : typeof one === 'object' ? ('$ref' in one ? 'ref' : 'object') : typeof one === 'number' ? 'number' : typeof one === 'boolean' ? 'bool' : 'text');
  return (
    <dl className="kv da-tree-kv">
      {Object.entries(value).slice(0, 200).map(([field, one]) => (
        <div key={field} className="cf-try-line">
          <dt className="mono">
            <Name text={field} most={60} />
          </dt>
          <dd className="t3">{typeOf(one)}</dd>
          <dd className="mono">
            <Value value={one} reference={entity.references[field]} hidden={hidden} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
