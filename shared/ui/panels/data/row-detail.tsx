import { useState, type ReactNode } from 'react';
import { isJsonObject, sameJson, type Json, type JsonObject } from '../../../base/json.ts';
import { formatAge, formatCount, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useContexts, useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { PendingWrite } from '../contexts/context-detail.tsx';
import { Value, type DataRow, type Entity } from './value.tsx';

interface Change {
  readonly contextVersion: number;
  readonly op: string;
  readonly value: Json | undefined;
  readonly timestamp: number;
  readonly deviceId: string;
}

/** One row: its value as a tree or JSON, how it came to be, what of it waits. */
export function RowDetail({ contextId, entity, row, masked, onClose }: { contextId: string; entity: Entity; row: DataRow; masked: boolean; onClose: () => void }): ReactNode {
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
          <History contextId={contextId} entity={entity.entity} id={row.id} hidden={!showValues} />
          <section>
            <Heading note={waiting.length === 0 ? 'nothing waits' : plural(waiting.length, 'write')}>In the outbox</Heading>
            <dl className="kv cx-writes">
              {waiting.map((write) => (
                <PendingWrite key={write.mutationId} write={write} now={now} />
              ))}
            </dl>
            <Heading note={`${formatCount(entity.conflicts)} of ${entity.entity}`} action={<LinkButton className="push" onPress={() => inspector.go('conflicts', { fields: { ...fields, conflicts: `entity:${entity.entity} id:${row.id}` } })}>Open</LinkButton>}>
              Conflicts
            </Heading>
          </section>
        </div>
      </div>
    </section>
  );
}

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

function History({ contextId, entity, id, hidden }: { contextId: string; entity: string; id: string; hidden: boolean }): ReactNode {
  const inspector = useInspector();
  const refused = useRefusal('Context.history');
  const now = useNow();
  const { value, error } = useAnswer(`history ${contextId} ${entity} ${id} ${refused ?? ''}`, refused === null ? () => inspector.session.call('Context.history', { contextId, entity, entityId: id, from: 0, to: Number.MAX_SAFE_INTEGER }) : null);
  const changes = (value?.changes ?? []).flatMap((one) => changeOf(one)).toReversed();
  const [pair, setPair] = useState<number | null>(null);
  const at = pair === null ? 0 : changes.findIndex(({ contextVersion }) => contextVersion === pair);
  const after = changes[at];
  const before = changes[at + 1];
  return (
    <section>
      <Heading note={value === null ? undefined : `${plural(changes.length, 'version')}, from the ${value.source === 'server' ? "server's log" : 'recording'}`}>History</Heading>
      {value === null ? <p className="t2">{error ?? refused ?? ''}</p> : null}
      <table className="rg-h" aria-label="Versions of the row">
        <tbody>
          {changes.slice(0, 40).map((change, index) => (
            <tr key={change.contextVersion} className={index === at ? 'is-selected' : ''} onClick={() => setPair(change.contextVersion)}>
              <td className="mono num">{change.contextVersion === 1 ? 'import' : formatCount(change.contextVersion)}</td>
              <td className="t2">{formatAge(now - change.timestamp)} ago</td>
              <td className="mono t2">
                <Name text={change.deviceId} most={40} />
              </td>
              <td>{change.op === 'delete' ? <span className="c-error">deleted</span> : <Name text={changedFields(changes[index + 1]?.value, change.value).join(', ') || 'all fields'} most={80} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {after === undefined || before === undefined || hidden ? null : (
        <>
          <Heading note={`${formatCount(before.contextVersion)} → ${formatCount(after.contextVersion)}`}>What changed</Heading>
          <dl className="kv">
            {changedFields(before.value, after.value).slice(0, 12).map((field) => (
              <div key={field} className="cf-try-line">
                <dt className="mono">{field}</dt>
                <dd className="mono">
                  <del className="tint-error">{textOf(before.value, field)}</del> → <ins className="tint-ok">{textOf(after.value, field)}</ins>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}

function changeOf(one: Json): Change[] {
  if (!isJsonObject(one) || typeof one['contextVersion'] !== 'number') return [];
  return [{ contextVersion: one['contextVersion'], op: textIn(one['op']), value: one['value'], timestamp: Number(one['timestamp'] ?? 0), deviceId: textIn(one['deviceId']) }];
}

function changedFields(before: Json | undefined, after: Json | undefined): readonly string[] {
  if (!isJsonObject(before) || !isJsonObject(after)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => !sameJson(before[field], after[field]));
}

const textOf = (value: Json | undefined, field: string): string => (isJsonObject(value) && value[field] !== undefined ? JSON.stringify(value[field]).slice(0, 120) : 'not set');
const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
