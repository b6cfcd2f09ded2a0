import { useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import type { Json } from '../../../base/json.ts';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { comparedFields, eventsOfRow, whatTheLogShows, type Difference } from '../../../views/compare.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { eventLine } from '../../../views/describe-event.ts';
import type { PlacedEvent } from '../../../views/event-queries.ts';
import { formatBytes, formatClock, formatCount, formatMs, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { REBUILD_NEEDS, activateContext, newCommandId } from '../../dialogs/actions.ts';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import type { Compared } from './compare-desk.ts';

const MOST_EVENTS = 30;

interface DetailProps {
  readonly difference: Difference;
  readonly compared: Compared;
  readonly context: ContextNow;
  readonly refused: string | null;
  readonly onClose: () => void;
}

/** One row that is not equal: field by field, what happened to it, and what would repair it. */
export function DifferenceDetail({ difference, compared, context, refused, onClose }: DetailProps): ReactNode {
  const inspector = useInspector();
  const { entity, id, local, server } = difference;
  const fields = comparedFields(difference);
  const differing = fields.filter(({ differs }) => differs).length;
  const toData = (): void => inspector.go('data', { selected: compared.contextId, fields: { ...inspector.view.get().fields, 'data.entity': entity, 'data.row': id, data: id } });
  return (
    <section className="detail" aria-label={`${entity}/${id}`}>
      <DetailHead
        name="replay.compare"
        onClose={onClose}
        actions={
          <Button className="p2" icon="table" label="Open in Data" kbd="O" onPress={toData} />
        }
      >
        <h2>
          <Icon name="rp-ne" className="c-conflict" />
          <Name text={`${entity}/${id}`} most={100} />
        </h2>
        <span className="t2">
          {formatCount(differing)} of {plural(fields.length, 'field')} {differing === 1 ? 'differs' : 'differ'}
        </span>
      </DetailHead>
      <div className="detail-body">
        <div className="cols rp-cd">
          <section className="rp-np" aria-label="Fields">
            <table className="grid rp-fd" aria-label="Field by field">
              <colgroup>
                <col style={{ width: '28%' }} />
                <col style={{ width: '36%' }} />
                <col style={{ width: '36%' }} />
              </colgroup>
              <thead>
                <tr>
                  <th>Field</th>
                  <th>
                    <span className="c-local">Here</span> <span className="t3">{local === null ? 'none' : `at ${formatCount(local.version)}`}</span>
                  </th>
                  <th>
                    <span className="c-remote">Server</span> <span className="t3">{server === null ? 'none' : server.deleted ? `deleted at ${formatCount(server.version)}` : `at ${formatCount(server.version)}`}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {fields.map(({ field, here, there, differs }) => (
                  <tr key={field} className={differs ? 'rp-d' : 'rp-e'}>
                    <td>
                      <Name text={field} most={60} />
                    </td>
                    <Value value={here} mark={differs ? 'exp' : null} />
                    <Value value={there} mark={differs ? 'got' : null} />
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <Happened difference={difference} contextId={compared.contextId} />
          <Repair difference={difference} compared={compared} context={context} refused={refused} />
        </div>
      </div>
    </section>
  );
}

function Value({ value, mark }: { value: Json | undefined; mark: 'exp' | 'got' | null }): ReactNode {
  const { showValues } = useStore(useInspector().settings);
  const full = value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
  const text = showValues || value === undefined ? full : '•••';
  const shown = <Name text={text} most={200} />;
  return (
    <td className={`mono ${value === undefined ? 't3' : ''}`} title={showValues ? full.slice(0, 1_000) : 'Values are hidden: V shows them'}>
      {mark === null || value === undefined ? shown : <mark className={mark}>{shown}</mark>}
    </td>
  );
}

function Happened({ difference, contextId }: { difference: Difference; contextId: string }): ReactNode {
  const inspector = useInspector();
  const { change, server } = difference;
  const { value, loading } = useRead(`row ${contextId} ${difference.entity} ${difference.id} ${change?.contextVersion ?? ''}`, (read) => eventsOfRow(read, contextId, difference, MOST_EVENTS), false);
  const brought = (event: PlacedEvent): boolean => event.kind === 'delta' && change !== undefined && (event.fromVersion ?? 0) < change.contextVersion && (event.toVersion ?? 0) >= change.contextVersion;
  return (
    <section aria-label="What happened to this row">
      <Heading>What happened to this row</Heading>
      {(value ?? []).length === 0 ? (
        <p className="t2">{loading ? 'Looking through the recording' : 'The recording tells nothing of it: it began later, or the change never came.'}</p>
      ) : (
        <ol className="rp-hist">
          {(value ?? []).map((event) => (
            <li key={event.place} className={brought(event) ? 'bad' : ''}>
              <KindIcon kind={event.kind} />
              <LinkButton className="mono" title="Show in Timeline" onPress={() => inspector.go('timeline', { fields: { ...inspector.view.get().fields, 'timeline.event': String(event.place) }, to: event.at + 5_000, width: 20_000, selected: contextId })}>
                {formatClock(event.at)}
              </LinkButton>
              <span>
                <Name text={eventLine(event)} most={160} />
                {brought(event) ? ', and the row is not as it says' : ''}
              </span>
            </li>
          ))}
        </ol>
      )}
      {change === undefined ? null : (
        <>
          <Heading note="from the server's log">Change {formatCount(change.contextVersion)}</Heading>
          <dl className="kv">
            <dt>By</dt>
            <dd>
              <Name text={change.deviceId} most={60} />, mutation <Name className="mono" text={change.mutationId} most={60} />
            </dd>
            {server === null || server.timestamp === null || server.version !== change.contextVersion ? null : (
              <>
                <dt>Timestamp</dt>
                <dd className="mono">{formatClock(server.timestamp)}</dd>
              </>
            )}
            <dt>Shows</dt>
            <dd>{whatTheLogShows(difference)}</dd>
          </dl>
        </>
      )}
    </section>
  );
}

type Plan = ResultOf<'Context.replay'>;

function Repair({ difference, compared, context, refused }: { difference: Difference; compared: Compared; context: ContextNow; refused: string | null }): ReactNode {
  const inspector = useInspector();
  const noActivation = useRefusal('Context.activate');
  const [plan, setPlan] = useState<Plan | null>(null);
  const [state, setState] = useState<'idle' | 'running' | { readonly error: string }>('idle');
  const { contextId, result } = compared;
  const dormant = context.status.lifecycle === 'dormant';
  const differences = result.differences ?? [];
  const going = differences.filter(({ kind }) => kind === 'only-here');
  const dryRun = async (): Promise<void> => {
    setState('running');
    try {
      setPlan(await inspector.session.call('Context.replay', { commandId: newCommandId(), contextId, mode: 'rebuild', dryRun: true }));
      setState('idle');
    } catch (thrown) {
      setState({ error: messageOf(thrown) });
    }
  };
  return (
    <section className="rp-act" aria-label={`Repair ${contextId}`}>
      <Heading>Repair {contextId.slice(0, 60)}</Heading>
      <ul className="rp-chk">
        <li>
          <Icon name="db" />
          <span>
            Fetches what the server has{plan?.bytes === undefined ? '' : `, ${formatBytes(plan.bytes)},`} as a new generation{plan === null ? '' : ` at ${formatCount(plan.version)}`}. The registry then points to it. {plural(differences.length, 'row changes', 'rows change')}.
          </span>
        </li>
        <li>
          <Icon name="ev-push" className="c-pending" />
          <span>Outbox and base rows are carried over: {plural(plan?.pendingWrites ?? context.pending, 'pending write')} now.</span>
        </li>
        <li>
          <Icon name="trash" />
          <span>
            {going.length === 0 ? 'No row goes from this device.' : `${going.includes(difference) ? `${difference.entity}/${difference.id}`.slice(0, 80) : plural(going.length, 'row')}${going.includes(difference) && going.length > 1 ? ` and ${plural(going.length - 1, 'other row')}` : ''} ${going.length === 1 ? 'goes' : 'go'} from this device.`} {plural(context.status.conflicts, 'conflict record')} carried over.
          </span>
        </li>
        <li>
          <Icon name="power" />
          <span>{dormant ? 'It is dormant: a rebuild runs in an active context.' : 'Until the last step the app goes on with the present partition; then writes wait for a moment.'}</span>
        </li>
      </ul>
      {plan === null ? null : <p className="t2 rp-say" role="status">Dry run in {formatMs(plan.durationMs)}: nothing was changed.</p>}
      {typeof state === 'object' ? <p className="c-error rp-say" role="alert">{state.error}</p> : null}
      <div className="rp-bp">
        <Button icon="eye" label={state === 'running' ? 'Running' : 'Dry run'} title="Says what would change; changes nothing" off={refused ?? (dormant ? REBUILD_NEEDS : state === 'running' ? 'It is running' : null)} onPress={() => void dryRun()} />
        {dormant ? <Button icon="power" label="Activate" off={noActivation} onPress={() => void activateContext(inspector, contextId)} /> : null}
        <Button className="danger" icon="replay" label="Replace local with rebuild…" off={refused ?? (dormant ? REBUILD_NEEDS : null)} onPress={() => inspector.dialog.set({ kind: 'replay', contextId })} />
      </div>
      <p className="t2 rp-say">Both are recorded as events, with who asked.</p>
    </section>
  );
}
