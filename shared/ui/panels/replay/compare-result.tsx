import { useState, type ReactNode } from 'react';
import { byEntity, COMPARED_WORDS, differingText, whatTheLogShows, type Difference } from '../../../views/compare.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatBytes, formatClock, formatCount, plural } from '../../../views/format.ts';
import { Button, Chip, FilterField } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Heading, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import type { Compared } from './compare-desk.ts';
import { DifferenceDetail } from './difference-detail.tsx';

const KINDS = ['differs', 'only-here', 'missing-here'] as const;
const keyOf = ({ entity, id }: Difference): string => `${entity}/${id}`;
/** The client stops to list at so many. */
const MOST_LISTED = 500;

/** What a comparison found: by entity, by digest, by version, and row by row. */
export function CompareResult({ compared, context, refused }: { compared: Compared; context: ContextNow; refused: string | null }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const [kind, setKind] = useState<Difference['kind'] | null>(null);
  const differences = compared.result.differences ?? [];
  const terms = parseFilter(fields['replay.rows'] ?? '');
  const shown = differences.filter((one) => (kind === null || one.kind === kind) && matches(terms, fieldsOf(one), `${keyOf(one)} ${differingText(one)} ${one.change?.deviceId ?? ''}`));
  const selected = fields['replay.row'] ?? '';
  const current = differences.find((one) => keyOf(one) === selected);
  return (
    <>
      <Summary compared={compared} context={context} />
      {differences.length === 0 ? (
        <Empty icon="check" tone="c-ok" title="Nothing differs">
          {compared.result.identical === false ? 'The digests are not the same, and no row was named: ask again, or rebuild the context.' : 'Every confirmed row of this device is what the server has at this version.'}
        </Empty>
      ) : (
        <>
          <Versions compared={compared} differences={differences} onOpen={(one) => inspector.setField('replay.row', keyOf(one))} />
          <Split name="replay.compare" below={310} detail={current === undefined ? null : <DifferenceDetail key={keyOf(current)} difference={current} compared={compared} context={context} refused={refused} onClose={() => inspector.setField('replay.row', '')} />}>
            <div className="rp-col">
              <div className="bar sub">
                <div className="chips" role="group" aria-label="Which rows">
                  <Chip label="All" count={formatCount(differences.length)} pressed={kind === null} onPress={() => setKind(null)} />
                  {KINDS.map((one) => (
                    <Chip key={one} label={COMPARED_WORDS[one]} className={one === 'differs' ? '' : 'p2'} count={formatCount(differences.filter((row) => row.kind === one).length)} pressed={kind === one} onPress={() => setKind(kind === one ? null : one)} />
                  ))}
                </div>
                <span className="grow" />
                <FilterField label="Filter rows" placeholder="Filter rows, for example entity:note" value={fields['replay.rows'] ?? ''} onChange={(next) => inspector.setField('replay.rows', next)} />
              </div>
              {shown.length === 0 ? (
                <Empty icon="filter" title="No row matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { setKind(null); inspector.setField('replay.rows', ''); }} />}>
                  {plural(differences.length, 'row')} without the filter.
                </Empty>
              ) : (
                <Grid label="Rows that are not equal" columns={COLUMNS} rows={shown} idOf={keyOf} selected={selected} onSelect={(one) => inspector.setField('replay.row', keyOf(one))} initialSort={BY_VERSION} />
              )}
              {differences.length < MOST_LISTED ? null : <div className="cap">The client lists the first {formatCount(MOST_LISTED)} differences.</div>}
            </div>
          </Split>
        </>
      )}
    </>
  );
}

const fieldsOf = (one: Difference) => (key: string): string | number | undefined => ({ entity: one.entity, id: one.id, device: one.change?.deviceId ?? '', version: one.change?.contextVersion, field: differingText(one), kind: one.kind })[key];

function Summary({ compared, context }: { compared: Compared; context: ContextNow }): ReactNode {
  const { result, entities } = compared;
  const { identical, rows, version, unknown = 0, pendingWrites, bytes, localDigest, serverDigest } = result;
  const differences = result.differences ?? [];
  const counts = byEntity(differences, entities.map(({ entity }) => entity));
  const here = new Map(entities.map(({ entity, rows: count }) => [entity, count]));
  const sum = (kind: Difference['kind']): number => differences.filter((one) => one.kind === kind).length;
  const same = localDigest === serverDigest;
  return (
    <div className="cols rp-cmp">
      <section aria-label="Result">
        <div className="rp-cv" role="status">
          <Icon name={identical === true ? 'check' : 'rp-ne'} className={identical === true ? 'c-ok' : 'c-error'} />
          <b className="lg">{identical === true ? 'Identical' : differences.length === 1 ? '1 row is not equal' : differences.length >= MOST_LISTED ? `${formatCount(MOST_LISTED)} rows or more are not equal` : `${formatCount(differences.length)} rows are not equal`}</b>
        </div>
        <dl className="kv rp-facts">
          <dt>Here</dt>
          <dd>confirmed rows, one read</dd>
          <dt>There</dt>
          <dd>snapshot and log{bytes === undefined ? '' : `, ${formatBytes(bytes)}`}</dd>
          <dt>Version</dt>
          <dd>
            <span className="mono">{formatCount(version)}</span> on both sides
          </dd>
          <dt>Rows</dt>
          <dd>
            {rows === undefined ? 'not told' : `${formatCount(rows)} compared`}
            {unknown === 0 ? '' : `, ${formatCount(unknown)} changed since and are left out`}
          </dd>
          <dt>Lifecycle</dt>
          <dd>
            {context.status.lifecycle}, {pendingWrites === 0 ? 'outbox empty' : `${plural(pendingWrites, 'pending write')} left out`}
          </dd>
        </dl>
      </section>
      <section aria-label="By entity">
        <Heading>By entity</Heading>
        <div className="rp-es" tabIndex={0} role="group" aria-label="Differences by entity">
          <table className="rp-state rp-ent">
            <thead>
              <tr>
                <th scope="col">
                  <span className="cn-vh">Entity</span>
                </th>
                {entities.length === 0 ? null : <th scope="col" title="Rows of this device when it was compared, pending writes included">Rows here</th>}
                <th scope="col">Differ</th>
                <th scope="col">Only here</th>
                <th scope="col">Only there</th>
              </tr>
            </thead>
            <tbody>
              {counts.map(({ entity, differs, onlyHere, onlyThere }) => (
                <tr key={entity}>
                  <th scope="row">
                    <Name text={entity} most={40} />
                  </th>
                  {entities.length === 0 ? null : <td>{here.has(entity) ? formatCount(here.get(entity) ?? 0) : '–'}</td>}
                  <Count n={differs} tone="c-conflict" />
                  <Count n={onlyHere} tone="c-local" />
                  <Count n={onlyThere} tone="c-remote" />
                </tr>
              ))}
              <tr className="sum">
                <th scope="row">All</th>
                {entities.length === 0 ? null : <td>{formatCount(entities.reduce((all, { rows: count }) => all + count, 0))}</td>}
                <Count n={sum('differs')} tone="" />
                <Count n={sum('only-here')} tone="" />
                <Count n={sum('missing-here')} tone="" />
              </tr>
            </tbody>
          </table>
        </div>
      </section>
      <section aria-label="Digests">
        <Heading>Digest at {formatCount(version)}</Heading>
        <dl className="kv rp-dg">
          <dt>
            <Icon name="tab" className="c-local" />
            Here
          </dt>
          <dd className={`mono ${same ? '' : 'c-error'}`}>{inFours(localDigest)}</dd>
          <dt>
            <Icon name="server" className="c-remote" />
            Server
          </dt>
          <dd className="mono">{inFours(serverDigest)}</dd>
        </dl>
        <p className="t2 rp-say">{localDigest === undefined ? 'The client told none.' : same ? (identical === true ? 'Both sides come to the same digest.' : 'The digest that is kept here is right, and the rows are not: they were changed without it.') : 'What the server has is what counts, so the rows here are the wrong ones.'}</p>
      </section>
    </div>
  );
}

const Count = ({ n, tone }: { n: number; tone: string }): ReactNode => <td className={n === 0 ? 't3' : tone}>{formatCount(n)}</td>;

/** A digest in groups that an eye can compare. */
const inFours = (digest: string | undefined): string => (digest === undefined ? '–' : (digest.match(/.{1,4}/g) ?? []).join(' '));

/** Where on the way to the compared version the changes lie that were not applied, and how much of the log is newer than it. */
function Versions({ compared, differences, onOpen }: { compared: Compared; differences: readonly Difference[]; onOpen: (difference: Difference) => void }): ReactNode {
  const { result: { version }, serverVersion } = compared;
  const changes = differences.filter(({ change }) => change !== undefined);
  const at = (one: Difference): number => one.change?.contextVersion ?? 0;
  const lowest = Math.min(version, ...changes.map(at));
  const highest = Math.max(version, serverVersion);
  const from = Math.max(0, lowest - Math.max(4, Math.round((highest - lowest) * 0.06)));
  const place = (of: number): string => `${(100 * (of - from)) / Math.max(1, highest - from)}%`;
  const newer = highest - version;
  if (changes.length === 0) return null;
  return (
    <section className="rp-chgs" aria-label={`Changes ${formatCount(from)} to ${formatCount(highest)}`}>
      <div className="rp-chgl">
        <b>Changes behind the differences</b>
        <span className="legend">
          <span>
            <i className="sw rp-ok" />
            compared
          </span>
          <span>
            <i className="sw rp-no" />
            {plural(changes.length, 'change')} not the same
          </span>
          {newer === 0 ? null : (
            <span>
              <i className="sw rp-hatch" />
              {formatCount(newer)} newer on the server, not compared
            </span>
          )}
        </span>
      </div>
      <div className="rp-band">
        <i className="rp-ok" style={{ width: place(version) }} />
        <i className="rp-hatch" style={{ left: place(version), right: 0 }} />
        {changes.map((one) => (
          <button key={keyOf(one)} type="button" className="rp-mark" style={{ left: place(at(one)) }} title={`${formatCount(at(one))}: ${whatTheLogShows(one)}`} aria-label={`${keyOf(one)}, change ${formatCount(at(one))}`} onClick={() => onOpen(one)} />
        ))}
      </div>
      <div className="rp-cellx">
        <span>{formatCount(from)}</span>
        <span className="c-local mid" style={{ left: place(version) }}>
          {formatCount(version)} here
        </span>
        {newer === 0 ? null : <span className="c-remote end">{formatCount(highest)} server</span>}
      </div>
    </section>
  );
}

const BY_VERSION = [{ id: 'there', desc: false }];
const none = <span className="t3">none</span>;

const COLUMNS: readonly Column<Difference>[] = [
  {
    id: 'kind',
    header: 'Result',
    width: 112,
    sort: ({ kind }) => kind,
    cell: ({ kind }) => (
      <span className={kind === 'differs' ? 'c-conflict' : kind === 'only-here' ? 'c-local' : 'c-remote'}>
        <Icon name={kind === 'differs' ? 'rp-ne' : kind === 'only-here' ? 'minus' : 'plus'} />
        {COMPARED_WORDS[kind]}
      </span>
    ),
  },
  { id: 'entity', header: 'Entity', priority: 2, width: 112, sort: ({ entity }) => entity, cell: ({ entity }) => <Name text={entity} most={60} /> },
  { id: 'id', header: 'Id', width: 120, className: 'mono', sort: ({ id }) => id, cell: ({ id }) => <Name text={id} most={80} /> },
  { id: 'here', header: 'Version here', numeric: true, width: 102, className: 'mono', sort: ({ local }) => local?.version ?? 0, cell: ({ local }) => (local === null ? none : <span className="c-local">{formatCount(local.version)}</span>) },
  { id: 'there', header: 'Version there', numeric: true, width: 116, className: 'mono', sort: ({ server, change }) => server?.version ?? change?.contextVersion ?? 0, cell: ({ server }) => (server === null ? none : <span className="c-remote">{formatCount(server.version)}</span>) },
  { id: 'fields', header: 'Fields', priority: 2, width: 200, cell: (one) => <Name text={differingText(one)} most={120} />, cellTitle: differingText },
  { id: 'by', header: 'Changed by', priority: 3, width: 130, sort: ({ change }) => change?.deviceId ?? '', cell: ({ change, server }) => <Name className="t2" text={change?.deviceId ?? server?.deviceId ?? '–'} most={60} /> },
  { id: 'at', header: 'At', priority: 3, width: 110, className: 'mono', sort: ({ server }) => server?.timestamp ?? 0, cell: ({ server }) => <span className="t2">{server === null || server.timestamp === null ? '–' : formatClock(server.timestamp)}</span> },
  { id: 'log', header: 'What the log shows', priority: 4, cell: (one) => whatTheLogShows(one) },
];
