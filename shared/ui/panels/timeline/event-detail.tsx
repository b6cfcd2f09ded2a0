import { useState, type ReactNode } from 'react';
import { eventLine, eventSubject } from '../../../views/describe-event.ts';
import type { PlacedEvent } from '../../../views/event-queries.ts';
import { formatBytes, formatClock, formatCount, formatMs, shorten } from '../../../views/format.ts';
import { IconButton } from '../../components/controls.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';

/** One event: what it says, what led to it and what came of it. */
export function EventDetail({ event, chain, onSelect, onClose }: { event: PlacedEvent; chain: readonly PlacedEvent[]; onSelect: (place: number) => void; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const [tab, setTab] = useState<'data' | 'event'>('data');
  const at = chain.findIndex(({ place }) => place === event.place);
  const { place: _place, runId: _runId, ...raw } = event;
  return (
    <section className="detail tl-det" aria-label="Event" data-region>
      <div className="detail-head">
        <h2>
          <KindIcon kind={event.kind} />
          {event.kind}
          <span className="mono clip">
            <Name text={eventSubject(event)} most={80} />
          </span>
        </h2>
        <span className="grow" />
        {chain.length > 1 ? (
          <span className="nav">
            <IconButton icon="chev-left" label="Previous in the chain" off={at <= 0 ? 'This is the first' : null} onPress={() => onSelect(chain[at - 1]?.place ?? event.place)} />
            <span className="t2">
              {at + 1} of {chain.length}
            </span>
            <IconButton icon="chev-right" label="Next in the chain" off={at >= chain.length - 1 ? 'This is the last' : null} onPress={() => onSelect(chain[at + 1]?.place ?? event.place)} />
          </span>
        ) : null}
        <IconButton icon="clock" label="Move the time cursor here" onPress={() => inspector.moveTo(event.place)} />
        <IconButton icon="close" label="Close detail (Esc)" onPress={onClose} />
      </div>
      <div className="detail-body tl-evd">
        <div className="l">
          <dl className="kv">
            <dt>Time</dt>
            <dd className="mono">
              {formatClock(event.at)} <span className="t2">seq {formatCount(event.seq)}</span>
            </dd>
            {event.contextId === undefined ? null : (
              <>
                <dt>Context</dt>
                <dd>
                  <Name text={event.contextId} most={80} />
                  {event.activationId === undefined ? null : (
                    <span className="t2">
                      {' '}
                      in activation <span className="mono">{shorten(event.activationId, 6)}</span>
                    </span>
                  )}
                </dd>
              </>
            )}
            {event.toVersion === undefined ? null : (
              <>
                <dt>Versions</dt>
                <dd className="mono">
                  {formatCount(event.fromVersion ?? 0)} → <span className="c-local">{formatCount(event.toVersion)}</span>
                </dd>
              </>
            )}
            {event.durationMs === undefined ? null : (
              <>
                <dt>Took</dt>
                <dd>{formatMs(event.durationMs)}</dd>
              </>
            )}
            {event.bytes === undefined ? null : (
              <>
                <dt>Bytes</dt>
                <dd>{formatBytes(event.bytes)}</dd>
              </>
            )}
            {event.mutationIds === undefined ? null : (
              <>
                <dt>Mutations</dt>
                <dd className="mono">{event.mutationIds.map((id) => shorten(id, 8)).join(', ')}</dd>
              </>
            )}
          </dl>
          {chain.length > 1 ? (
            <>
              <Heading>Cause and effects</Heading>
              <ol className="ch">
                {chain.map((link, index) => (
                  <li key={link.place} aria-current={link.place === event.place ? 'true' : undefined}>
                    <button type="button" onClick={() => onSelect(link.place)}>
                      <span className="bd">{index + 1}</span>
                      <KindIcon kind={link.kind} />
                      <span className="tx">{link.kind}</span>
                      <span className="sub t2">
                        <Name text={eventLine(link)} most={60} />
                      </span>
                      <span className="mono t2">{link.place === event.place ? 'now' : offset(link.at - event.at)}</span>
                    </button>
                  </li>
                ))}
              </ol>
            </>
          ) : (
            <p className="t2 tl-alone">{event.mutationIds === undefined ? 'It belongs to no write.' : 'No other event names its writes.'}</p>
          )}
          {event.contextId === undefined ? null : (
            <p className="relt">
              <span className="t3">Same</span>
              <LinkButton onPress={() => inspector.setField('timeline', `context:${event.contextId ?? ''}`)}>context</LinkButton>
              {event.activationId === undefined ? null : <LinkButton onPress={() => inspector.setField('timeline', `activation:${event.activationId ?? ''}`)}>activation</LinkButton>}
              {event.entityId === undefined ? null : <LinkButton onPress={() => inspector.setField('timeline', `entity:${event.entity ?? ''} id:${event.entityId ?? ''}`)}>row</LinkButton>}
            </p>
          )}
        </div>
        <div className="r">
          <div className="subtabs" role="tablist" aria-label="Parts of the event">
            <button type="button" role="tab" aria-selected={tab === 'data'} tabIndex={tab === 'data' ? 0 : -1} onClick={() => setTab('data')}>
              Data
            </button>
            <button type="button" role="tab" aria-selected={tab === 'event'} tabIndex={tab === 'event' ? 0 : -1} onClick={() => setTab('event')}>
              Event
            </button>
          </div>
          <JsonText className="raw mono" value={tab === 'data' ? raw.data : raw} label="The event as JSON" />
        </div>
      </div>
    </section>
  );
}

const offset = (ms: number): string => `${ms < 0 ? '−' : '+'}${formatCount(Math.abs(ms))} ms`;
