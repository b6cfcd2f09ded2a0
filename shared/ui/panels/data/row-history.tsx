import { useState, type ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import { formatAge, formatCount, plural } from '../../../views/format.ts';
import { versionsOf, type RowVersion } from '../../../views/row-history.ts';
import { mergeOf } from '../../../views/text-merge.ts';
import { Heading, Name } from '../../components/parts.tsx';
import { useInspector, useNow, useRefusal } from '../../state/inspector.ts';
import { readHistory } from '../../state/read-history.ts';
import { useAnswer } from '../../state/use-read.ts';
import { MergedText } from '../conflicts/merge-text.tsx';
import { LONG_TEXT } from '../conflicts/field-diff.ts';
import { changedFields, fieldOf, shortText } from './row-columns.tsx';

const MOST = 40;
const MOST_FIELDS = 12;
const MOST_TEXT = 4_000;

/** The versions of a row, and what changed from any of them to any other. */
export function RowHistory({ contextId, entity, id, hidden }: { contextId: string; entity: string; id: string; hidden: boolean }): ReactNode {
  const inspector = useInspector();
  const refused = useRefusal('Context.history');
  const now = useNow();
  const { value, error } = useAnswer(`history ${contextId} ${entity} ${id} ${refused ?? ''}`, refused === null ? () => readHistory(inspector.session, contextId, entity, id) : null);
  const versions = versionsOf(value?.changes ?? []).toReversed();
  const [from, setFrom] = useState<number | null>(null);
  const [to, setTo] = useState<number | null>(null);
  const b = versions.find(({ version }) => version === to) ?? versions[0];
  const a = versions.find(({ version }) => version === from) ?? versions[versions.findIndex((one) => one === b) + 1];
  return (
    <section>
      <Heading note={value === null ? undefined : `${plural(versions.length, 'version')}, from the ${value.source === 'server' ? "server's log" : 'recording'}`}>History</Heading>
      {value === null ? <p className="t2">{error ?? refused ?? ''}</p> : null}
      {value !== null && value.horizon > 1 ? <p className="t2 cf-horizon">The log reaches back to version {formatCount(value.horizon)}.</p> : null}
      {versions.length === 0 ? null : (
        <table className="rg-h da-hist" aria-label="Versions of the row">
          <thead>
            <tr>
              <th scope="col" title="From this one">
                A
              </th>
              <th scope="col" title="To this one">
                B
              </th>
              <th scope="col">Version</th>
              <th scope="col">Age</th>
              <th scope="col">Device</th>
              <th scope="col">Changed</th>
            </tr>
          </thead>
          <tbody>
            {versions.slice(0, MOST).map((one, at) => (
              <tr key={one.version} className={one === b ? 'is-b' : one === a ? 'is-a' : ''}>
                <td>
                  <input type="radio" name="from" data-side="A" aria-label={`From version ${one.version}`} checked={one === a} onChange={() => setFrom(one.version)} />
                </td>
                <td>
                  <input type="radio" name="to" data-side="B" aria-label={`To version ${one.version}`} checked={one === b} onChange={() => setTo(one.version)} />
                </td>
                <td className="mono num">{one.version === 1 ? 'import' : formatCount(one.version)}</td>
                <td className="t2">{formatAge(now - one.at)}</td>
                <td className="mono t2 clip">
                  <Name text={one.deviceId} most={40} />
                </td>
                <td className="clip">{one.op === 'delete' ? <span className="c-error">deleted</span> : <Name text={changedFields(versions[at + 1]?.value, one.value).join(', ') || 'all fields'} most={80} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {versions.length > MOST ? <p className="t2">{plural(versions.length - MOST, 'older version')} behind these.</p> : null}
      {a === undefined || b === undefined || a === b ? null : <Differences a={a} b={b} hidden={hidden} />}
    </section>
  );
}

function Differences({ a, b, hidden }: { a: RowVersion; b: RowVersion; hidden: boolean }): ReactNode {
  const changed = changedFields(a.value, b.value);
  return (
    <>
      <Heading note={`${formatCount(a.version)} → ${formatCount(b.version)}`}>What changed</Heading>
      {b.op === 'delete' || a.op === 'delete' ? <p className="t2">{a.op === b.op ? 'Deleted in both.' : b.op === 'delete' ? 'The row was deleted.' : 'The row came back.'}</p> : changed.length === 0 ? <p className="t2">Nothing: the values are the same.</p> : null}
      {hidden && changed.length > 0 ? <p className="t2">{changed.slice(0, MOST_FIELDS).join(', ')}. Press V to show values.</p> : null}
      {hidden ? null : (
        <dl className="kv">
          {changed.slice(0, MOST_FIELDS).map((field) => (
            <div key={field} className="cf-try-line">
              <dt className="mono">
                <Name text={field} most={60} />
              </dt>
              <dd className="mono">
                <Difference before={fieldOf(a.value, field)} after={fieldOf(b.value, field)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function Difference({ before, after }: { before: Json | undefined; after: Json | undefined }): ReactNode {
  if (typeof before === 'string' && typeof after === 'string' && Math.max(before.length, after.length) > LONG_TEXT && Math.max(before.length, after.length) <= MOST_TEXT) return <MergedText pieces={mergeOf(before, after, before, after).result} />;
  return (
    <>
      <del className="tint-error">{shortText(before)}</del> → <ins className="tint-ok">{shortText(after)}</ins>
    </>
  );
}
