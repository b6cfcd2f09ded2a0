import { useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount, formatSecond, formatShort, formatWhen } from '../../../views/format.ts';
import { changesOfRow } from '../../../views/row-changes.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name, StateIcon } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { isFinding, type Finding } from './registry-columns.tsx';

const SHOWN_CHANGES = 12;

/** `at`: when row, file and server were last compared. */
export function RegistryDetail({ context, finding, at, onAsk, onClose }: { context: ContextNow; finding: Finding | null; at: number | null; onAsk: () => void; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const [mode, setMode] = useState<'compare' | 'raw'>('compare');
  const { contextId, title, state, row, status } = context;
  const check = useRefusal('Registry.check');
  const prune = useRefusal('Context.prune');
  const forget = useRefusal('Context.forget');
  return (
    <section className="detail" aria-label={contextId.slice(0, 100)} data-region>
      <DetailHead
        name="registry"
        onClose={onClose}
        actions={
          <>
            <Button className="p3" icon="server" label="Ask server again" off={check} title="Reads the contexts of a fresh WELCOME on a connection of its own; the client keeps its row" onPress={onAsk} />
            <Button className="p3 rg-wide" icon="arrow" label="Show in Contexts" onPress={() => inspector.go('contexts')} />
            <Button className="danger p2" icon="prune" label="Prune…" off={prune ?? (status.lifecycle !== 'dormant' ? 'Deactivate it first: only dormant contexts are pruned' : row.partition.present ? null : 'There is no data on this device')} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: [contextId] })} />
            <Button className="danger" icon="trash" label="Forget…" title="Deletes the partition and this row" off={forget} onPress={() => inspector.dialog.set({ kind: 'forget', contextId })} />
          </>
        }
      >
        <h2>
          <StateIcon state={state} />
          <Name text={contextId} most={80} />
        </h2>
        <span className="t2 p3">
          <Name text={title} most={80} />
        </span>
        <Segments label="Show" className="rg-mode p2" value={mode} onChange={setMode} options={[{ value: 'compare', label: 'Compare' }, { value: 'raw', label: 'Raw row' }]} />
      </DetailHead>
      <div className="detail-body">
        <div className="cols rg-cols">
          <section className="rg-c1" tabIndex={0} aria-label="Row, file and server">
            {mode === 'compare' ? (
              <Compare context={context} finding={finding} />
            ) : (
              <>
                <Heading note="as the registry holds it" action={<LinkButton className="push" title="Copy as JSON (C)" onPress={() => void inspector.copy(JSON.stringify(row, null, 2), 'The row')}>Copy as JSON</LinkButton>}>
                  Raw row
                </Heading>
                <JsonText className="codebox" value={row} label={`Registry row of ${contextId.slice(0, 60)} as JSON`} />
              </>
            )}
          </section>
          <Changes context={context} />
          <Membership context={context} finding={finding} at={at} />
          <Policy />
        </div>
      </div>
    </section>
  );
}

interface Line {
  readonly field: string;
  readonly registry: ReactNode;
  readonly disk?: ReactNode;
  readonly server?: ReactNode;
  readonly agrees: boolean | null;
}

function Compare({ context, finding }: { context: ContextNow; finding: Finding | null }): ReactNode {
  const now = useNow();
  const { status, state } = context;
  // What was found is compared with the row of that moment: a context at work has moved on since.
  const { disk, server, row = context.row } = finding ?? {};
  const gone = finding?.check === 'unlisted' || finding?.check === 'revoked' ? <span className="c-error">{finding.check === 'revoked' ? 'revoked' : 'not listed'}</span> : undefined;
  const same = (...values: readonly (string | number | undefined | null)[]): boolean | null => {
    const said = values.filter((value) => value !== undefined);
    return said.length < 2 ? null : said.every((value) => value === said[0]);
  };
  const lines: readonly Line[] = [
    { field: 'kind', registry: row.kind, server: gone, agrees: gone === undefined ? null : false },
    { field: 'serverId', registry: <Name text={row.serverId} most={60} />, agrees: null },
    { field: 'role', registry: row.role, server: server?.role ?? gone, agrees: gone === undefined ? same(row.role, server?.role) : false },
    { field: 'lifecycle', registry: <span className={state === 'active' ? 'c-active' : ''}>{status.lifecycle}</span>, agrees: null },
    { field: 'partition', registry: row.partition.present ? 'present' : 'absent', disk: finding === null ? undefined : disk === undefined ? 'absent' : 'present', agrees: finding === null ? null : row.partition.present === (disk !== undefined) },
    { field: 'file', registry: <span className="mono">{row.partition.file ?? (row.partition.present ? `generation ${row.partition.generation}` : '–')}</span>, disk: disk === undefined ? undefined : disk.file === row.partition.file ? 'same' : <span className="mono">{disk.file}</span>, agrees: row.partition.file === undefined ? null : same(row.partition.file, disk?.file) },
    { field: 'bytes', registry: row.partition.present ? formatBytes(row.partition.bytes) : '–', disk: disk === undefined ? undefined : formatBytes(disk.bytes), agrees: null },
    { field: 'logId', registry: <span className="mono">{row.logId ?? '–'}</span>, disk: disk?.logId === undefined || disk.logId === null ? undefined : disk.logId === row.logId ? 'same' : disk.logId, server: server === undefined ? undefined : server.logId === row.logId ? 'same' : server.logId, agrees: row.logId === null ? null : same(row.logId, disk?.logId, server?.logId) },
    { field: 'schemaVersion', registry: row.schemaVersion, disk: disk?.schemaVersion, server: server?.schemaVersion, agrees: same(row.schemaVersion, disk?.schemaVersion) },
    { field: 'localVersion', registry: <span className="c-local">{formatCount(row.localVersion)}</span>, disk: disk?.localVersion === undefined ? undefined : formatCount(disk.localVersion), agrees: same(row.localVersion, disk?.localVersion) },
    { field: 'serverVersion', registry: <span className="c-remote">{formatCount(row.serverVersion)}</span>, server: server === undefined ? gone : <ServerVersion head={server.headVersion} known={row.serverVersion} />, agrees: gone !== undefined ? false : server === undefined ? null : server.headVersion >= row.serverVersion },
    { field: 'pendingWrites', registry: <span className={row.pendingWrites > 0 ? 'c-pending' : ''}>{formatCount(row.pendingWrites)}</span>, disk: disk?.pendingWrites, agrees: same(row.pendingWrites, disk?.pendingWrites) },
    { field: 'listed', registry: row.listed, agrees: null },
    { field: 'lastAccessAt', registry: row.lastAccessAt === null ? 'never' : formatWhen(row.lastAccessAt, now), agrees: null },
    { field: 'lastSyncedAt', registry: row.lastSyncedAt === null ? 'never' : formatWhen(row.lastSyncedAt, now), agrees: null },
    { field: 'lastError', registry: row.lastError === null ? 'none' : <span className="c-error">{row.lastError.code}</span>, agrees: null },
  ];
  return (
    <table className="rg-t" aria-label="Row compared with disk and server">
      <colgroup>
        <col style={{ width: 100 }} />
        <col />
        <col />
        <col />
        <col style={{ width: 14 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Registry</th>
          <th scope="col">Disk</th>
          <th scope="col">Server</th>
          <th scope="col" aria-label="Agrees" />
        </tr>
      </thead>
      <tbody>
        {lines.map(({ field, registry, disk: onDisk, server: there, agrees }) => (
          <tr key={field} className={agrees === false ? 'rg-bad' : ''}>
            <th scope="row" className="mono">
              {field}
            </th>
            <td>{registry}</td>
            <td>{onDisk ?? <span className="t3">–</span>}</td>
            <td>{there ?? <span className="t3">–</span>}</td>
            <td>{agrees === null ? null : agrees ? <Icon name="check" className="c-ok" label="agrees" /> : <Icon name="alert" className="c-error" label="differs" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A head that has moved on since is no disagreement. */
const ServerVersion = ({ head, known }: { head: number; known: number }): ReactNode => (
  <>
    {formatCount(head)} {head > known ? <span className="t2">{formatCount(head - known)} ahead</span> : null}
  </>
);

const VALUE_TONES: { readonly [field: string]: string } = { localVersion: 'c-local', serverVersion: 'c-remote', pendingWrites: 'c-pending' };

function Changes({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const { cursor } = useView();
  const track = index.tracks.get(context.contextId);
  const { changes, total } = track === undefined ? { changes: [], total: 0 } : changesOfRow(track, cursor ?? index.length - 1, SHOWN_CHANGES);
  return (
    <section>
      <Heading note={`${changes.length} of ${formatCount(total)} shown`} action={<LinkButton className="push" onPress={() => inspector.go('timeline', { contexts: [context.contextId] })}>All in Timeline</LinkButton>}>
        Changes to this row
      </Heading>
      <table className="rg-h" aria-label="Changes of the row">
        <tbody>
          {changes.map(({ place, field, before, after }) => (
            <tr key={`${place} ${field}`}>
              <td className="mono t2">{formatShort(index.at[place] ?? 0)}</td>
              <td className="mono t3 num rg-seq">{formatCount(index.seq[place] ?? 0)}</td>
              <td className="mono">{field}</td>
              <td>
                <span className="t2">{typeof before === 'number' ? formatCount(before) : (before ?? '–')}</span> → <span className={VALUE_TONES[field] ?? (field === 'lifecycle' ? `c-${after}` : '')}>{typeof after === 'number' ? formatCount(after) : after}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length === 0 ? <p className="t2">None in this recording.</p> : null}
    </section>
  );
}

/** What follows from a finding, for who has to decide what to do. */
const NEXT: { readonly [check in Finding['check']]?: string } = {
  unlisted: 'Its sync stops until the server lists it again. The data stays and can be read: only a revocation that the server says deletes it (PR4).',
  revoked: 'The server took the membership away. The data goes, and the row says so.',
  'role-differs': 'The row keeps its role until the next WELCOME or activation brings the new one.',
  'file-missing': 'The next activation starts from a snapshot. Writes that were only in the file are lost.',
  unreadable: 'The next activation moves the file aside and starts from a snapshot.',
  'version-differs': 'Row and file are brought together when it is next activated: the file counts.',
  'server-unreachable': 'The row and the file agree. Ask again when the server answers.',
};

function Membership({ context, finding, at }: { context: ContextNow; finding: Finding | null; at: number | null }): ReactNode {
  const { row } = context;
  const next = finding === null ? null : (NEXT[finding.check] ?? null);
  const words = { yes: 'listed by the server', unlisted: 'not listed: its sync has stopped', revoked: 'revoked' } as const;
  return (
    <section>
      <Heading>Membership</Heading>
      <dl className="kv">
        <dt>Role</dt>
        <dd>{row.role}</dd>
        <dt>Listed</dt>
        <dd className={row.listed === 'yes' ? '' : 'c-error'}>{words[row.listed]}</dd>
        <dt>This user</dt>
        <dd className="mono">
          <Name text={row.userId} most={60} />
        </dd>
      </dl>
      <Heading note={at === null ? undefined : formatSecond(at)}>Last checked</Heading>
      <p className={isFinding(finding) ? 'c-error' : 't2'}>{finding === null ? 'Not compared yet.' : finding.message.slice(0, 300) || (finding.server === undefined ? 'Row and file agree. The server was not asked.' : 'Row, file and server say the same.')}</p>
      {next === null ? null : (
        <>
          <Heading>What happens now</Heading>
          <p className="t2">{next}</p>
        </>
      )}
      {row.quarantine === null ? null : (
        <>
          <Heading>Quarantine</Heading>
          <p className="mono t2">{row.quarantine}</p>
        </>
      )}
    </section>
  );
}

function Policy(): ReactNode {
  const inspector = useInspector();
  const refused = useRefusal('Registry.policy');
  const { value, error } = useAnswer(`policy ${refused ?? ''}`, refused === null ? () => inspector.session.call('Registry.policy', {}) : null);
  return (
    <section>
      <Heading note="set by the app">Policy</Heading>
      {value === null ? (
        <p className="t2">{refused ?? error ?? ''}</p>
      ) : (
        <dl className="kv">
          <dt className="mono">maxActive</dt>
          <dd>{value.maxActive}</dd>
          <dt>Grace to flush</dt>
          <dd>{formatCount(value.graceMs)} ms</dd>
          <dt>Prune after</dt>
          <dd>{value.pruneAfterDays === null ? 'never by age' : `${value.pruneAfterDays} d unused`}</dd>
          <dt>Quota</dt>
          <dd>{value.quotaBytes === null ? 'none' : `${formatBytes(value.quotaBytes)}, oldest first`}</dd>
          <dt>Drain dormant</dt>
          <dd>{value.drain ? 'on' : 'off'}</dd>
          <dt>Digest differs</dt>
          <dd>{value.digestPolicy}</dd>
        </dl>
      )}
    </section>
  );
}
