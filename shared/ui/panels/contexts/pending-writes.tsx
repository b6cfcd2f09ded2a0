import type { ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatCount } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';

type Write = Pick<ContextNow['status']['pending'][number], 'mutationId' | 'entity' | 'entityId' | 'op' | 'state' | 'baseVersion' | 'writtenAt'>;

const OUTBOX = 'select mutation_id, entity, id, op, state, base_version, written_at from outbox order by seq';

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
const writeOf = ([mutationId, entity, entityId, op, state, baseVersion, writtenAt]: readonly Json[]): Write => ({
  mutationId: text(mutationId),
  entity: text(entity),
  entityId: text(entityId),
  op: op === 'delete' ? 'delete' : 'put',
  state: state === 'sent' || state === 'parked' || state === 'accepted' ? state : 'pending',
  baseVersion: number(baseVersion),
  writtenAt: number(writtenAt) ?? 0,
});

/** The writes that the server has not confirmed. An active context tells them; those of a dormant one are read from its file (DB1). */
export function PendingWrites({ context, most }: { context: ContextNow; most: number }): ReactNode {
  const { session } = useInspector();
  const { cursor } = useView();
  const now = useNow();
  const { contextId, status, pending } = context;
  const refused = useRefusal('Data.query');
  const inFile = status.pending.length === 0 && pending > 0 && status.lifecycle === 'dormant' && cursor === null && refused === null;
  const read = useAnswer(`outbox ${contextId} ${pending} ${inFile}`, inFile ? () => session.call('Data.query', { contextId, sql: OUTBOX, limit: most }) : null);
  const writes = status.pending.length > 0 ? status.pending.slice(0, most) : (read.value?.rows ?? []).map(writeOf);
  if (pending === 0) return null;
  return (
    <>
      <dl className="kv cx-writes">
        {writes.map((write) => (
          <PendingWrite key={write.mutationId} write={write} now={now} />
        ))}
      </dl>
      {writes.length > 0 && pending > writes.length ? <p className="t3">{formatCount(pending - writes.length)} more</p> : null}
      {writes.length === 0 && !read.loading ? <p className="t3">{cursor === null ? (refused ?? read.error ?? '') : 'Which ones they were is not kept.'}</p> : null}
    </>
  );
}

function PendingWrite({ write, now }: { write: Write; now: number }): ReactNode {
  return (
    <>
      <dt className="mono c-pending clip" title={`${write.mutationId}, ${write.state}`}>
        <Icon name="ev-push" className="c-push" /> {write.op} <Name text={`${write.entity}/${write.entityId}`} most={80} />
      </dt>
      <dd className="t2">{write.baseVersion === null ? write.state : `base ${formatCount(write.baseVersion)}`}</dd>
      <dd className="t2">{formatAge(now - write.writtenAt)}</dd>
    </>
  );
}
