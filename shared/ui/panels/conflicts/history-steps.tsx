import type { ReactNode } from 'react';
import type { ConflictEvent } from '../../../views/conflicts.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { conflictSteps, versionsOf, type HistoryStep } from '../../../views/row-history.ts';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { infoOf } from '../../state/client-state.ts';
import { useContexts, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { readHistory } from '../../state/read-history.ts';
import { useAnswer } from '../../state/use-read.ts';

const WIDTH = 76;
const RISE = 14;
const TOP = 18;
const NAMED = 11;
/** The name of the last step may be wider than its step. */
const SPARE = 12;

/** How the row came to the conflict and went on, as stairs of its versions; a table says the same. */
export function RowHistory({ conflict }: { conflict: ConflictEvent }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const client = useStore(inspector.session.client);
  const refused = useRefusal('Context.history');
  const { contextId, entity, entityId } = conflict;
  const waiting = useContexts().find((one) => one.contextId === contextId)?.status.pending.map(({ mutationId }) => mutationId) ?? [];
  const { value, error, loading } = useAnswer(`steps ${contextId} ${entity} ${entityId} ${refused ?? ''} ${waiting.length}`, refused === null && entityId !== '' ? () => readHistory(inspector.session, contextId, entity, entityId) : null);
  const versions = versionsOf(value?.changes ?? []);
  const steps = conflictSteps(versions, { ...conflict, myDevice: infoOf(client)?.deviceId ?? 'this device', pending: waiting });
  const open = (): void => inspector.go('data', { selected: contextId, fields: { ...fields, 'data.entity': entity, 'data.row': entityId } });
  return (
    <section>
      <Heading action={versions.length === 0 ? null : <LinkButton className="push" onPress={open}>{`All ${plural(versions.length, 'version')}`}</LinkButton>}>History of the row</Heading>
      {value === null && !loading ? <p className="t2">{refused ?? error ?? 'The client was not asked.'}</p> : null}
      {steps.length === 0 ? null : <Stairs steps={steps} />}
      {value === null || value.horizon <= 1 ? null : <p className="t2 cf-horizon">The log reaches back to version {formatCount(value.horizon)}.</p>}
    </section>
  );
}

function Stairs({ steps }: { steps: readonly HistoryStep[] }): ReactNode {
  // Mine and theirs stand at one place: one is where the other might have been.
  const columns = steps.filter(({ role }) => role !== 'mine');
  const mine = steps.find(({ role }) => role === 'mine');
  const height = TOP + columns.length * RISE + 48;
  const yOf = (at: number): number => TOP + (columns.length - at) * RISE;
  const theirsAt = columns.findIndex(({ role }) => role === 'theirs');
  return (
    <>
      <svg className="cf-stairs" viewBox={`0 0 ${Math.max(4, columns.length) * WIDTH + SPARE} ${height}`} style={{ height }} preserveAspectRatio="xMinYMin meet" aria-hidden="true">
        {columns.map(({ role, version, by }, at) => {
          const [x, y] = [at * WIDTH, yOf(at)];
          return (
            <g key={`${role} ${version ?? ''}`} className={role}>
              <path d={`M${x} ${at === 0 ? y : yOf(at - 1)}V${y}H${x + WIDTH}`} />
              <text x={x + 6} y={y - 4} className="mono">
                {version === null ? 'pending' : formatCount(version)}
              </text>
              <text x={x + 6} y={height - 18} className="by">
                {by.length > NAMED ? `${by.slice(0, NAMED - 1)}…` : by}
              </text>
              <text x={x + 6} y={height - 4} className="role">
                {role}
              </text>
            </g>
          );
        })}
        {mine === undefined || theirsAt < 1 ? null : (
          <g className="mine">
            <path d={`M${theirsAt * WIDTH} ${yOf(theirsAt - 1)}H${(theirsAt + 1) * WIDTH}${columns[theirsAt + 1]?.role === 'result' ? `V${yOf(theirsAt + 1)}` : ''}`} />
            <text x={theirsAt * WIDTH + 6} y={yOf(theirsAt - 1) + 12}>
              mine
            </text>
          </g>
        )}
      </svg>
      <table className="cn-vh" aria-label="Versions of the row around the conflict">
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Version</th>
            <th scope="col">Device</th>
          </tr>
        </thead>
        <tbody>
          {steps.map(({ role, version, by }) => (
            <tr key={`${role} ${version ?? ''}`}>
              <td>{role}</td>
              <td>{version === null ? (role === 'mine' ? 'never in the log' : 'pending') : formatCount(version)}</td>
              <td>
                <Name text={by} most={60} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
