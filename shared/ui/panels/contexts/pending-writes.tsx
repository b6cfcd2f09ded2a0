import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatCount } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { useNow, useView } from '../../state/inspector.ts';

type Write = Pick<ContextNow['status']['pending'][number], 'mutationId' | 'entity' | 'entityId' | 'op' | 'state' | 'baseVersion' | 'writtenAt'>;

/** The writes that the server has not confirmed, the oldest first. */
export function PendingWrites({ context, most }: { context: ContextNow; most: number }): ReactNode {
  const { cursor } = useView();
  const now = useNow();
  const { status, pending } = context;
  const writes = status.pending.slice(0, most);
  if (pending === 0) return null;
  return (
    <>
      <dl className="kv cx-writes">
        {writes.map((write) => (
          <PendingWrite key={write.mutationId} write={write} now={now} />
        ))}
      </dl>
      {writes.length > 0 && pending > writes.length ? <p className="t3">{formatCount(pending - writes.length)} more</p> : null}
      {writes.length === 0 && cursor !== null ? <p className="t3">Which ones they were is not kept.</p> : null}
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
