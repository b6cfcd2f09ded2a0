import type { ReactNode } from 'react';
import { eventLine } from '../../../views/describe-event.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { latestEvents } from '../../../views/event-queries.ts';
import { formatCount, formatShort } from '../../../views/format.ts';
import { Heading, KindIcon, LinkButton, Name, STATE_WORDS } from '../../components/parts.tsx';
import { useIndex, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';

const LATEST = 6;

/** Why it is in this state, what keeps it from being pruned, and what happened last. */
export function WhySection({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const { cursor } = useView();
  const { index } = useIndex();
  const refused = useRefusal('Context.explain');
  const { contextId, status } = context;
  const ask = refused !== null || cursor !== null ? null : () => inspector.session.call('Context.explain', { contextId });
  const { value: why, error } = useAnswer(`${contextId} ${status.lifecycle} ${status.connection ?? ''} ${context.pending} ${cursor ?? ''} ${refused ?? ''}`, ask);
  const place = inspector.place();
  const { value: events } = useRead(`latest ${contextId} ${cursor ?? 'live'}`, (read) => latestEvents(read, contextId, place, LATEST));
  const all = index.tracks.get(contextId)?.all.length ?? 0;
  return (
    <section>
      <Heading>Why it is {STATE_WORDS[context.state]}</Heading>
      {why === null ? <p className="t2">{cursor !== null ? 'Only the client can say, and only about now.' : (error ?? refused ?? '')}</p> : why.why.map(({ text }) => <Reason key={text} text={text} />)}
      {why === null || why.blockers.length === 0 ? null : why.blockers.map(({ text }) => <Reason key={text} text={text} />)}
      {why === null || why.notPruned.length === 0 ? null : (
        <>
          <Heading>Why it is not pruned</Heading>
          {why.notPruned.map(({ text }) => (
            <Reason key={text} text={text} />
          ))}
        </>
      )}
      <Heading action={<LinkButton className="push" onPress={() => inspector.go('timeline', { contexts: [contextId] })}>All {formatCount(all)}</LinkButton>}>Latest events</Heading>
      <div className="cx-events">
        {(events ?? []).map((event) => (
          <button key={event.place} type="button" className="cx-event" title="Go to this moment" onClick={() => inspector.moveTo(event.place)}>
            <KindIcon kind={event.kind} />
            <span className="mono t2">{formatShort(event.at)}</span>
            <span className="clip">
              <Name text={eventLine(event)} most={100} />
            </span>
          </button>
        ))}
      </div>
      {events?.length === 0 ? <p className="t2">None in this recording.</p> : null}
    </section>
  );
}

function Reason({ text }: { text: string }): ReactNode {
  return <p className="t2">{text.slice(0, 400)}</p>;
}
