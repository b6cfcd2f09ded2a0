import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { capital, eventLine, eventSubject } from '../../../views/describe-event.ts';
import { frameOfEvent, type PlacedEvent } from '../../../views/event-queries.ts';
import { formatBytes, formatClock, formatCount, formatMs, shorten } from '../../../views/format.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';

/** One event: what it says, what led to it and what came of it. */
export function EventDetail({ event, chain, onSelect, onClose }: { event: PlacedEvent; chain: readonly PlacedEvent[]; onSelect: (place: number) => void; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const [tab, setTab] = useState<'frame' | 'data' | 'event'>('data');
  const { value: frame } = useRead(`frame of ${event.place}`, (read) => frameOfEvent(read, event), false);
  const shownTab = tab === 'frame' && frame === null ? 'data' : tab;
  const at = chain.findIndex(({ place }) => place === event.place);
  const { place: _place, runId: _runId, ...raw } = event;
  return (
    <section className="detail tl-det" aria-label="Event" data-region>
      <div className="detail-head">
        <h2>
          <KindIcon kind={event.kind} />
          {capital(event.kind)}
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
        {event.kind === 'conflict' ? <Button label="Open in Conflicts" className="quiet p2" onPress={() => inspector.go('conflicts', { fields: { ...inspector.view.get().fields, 'conflicts.row': String(event.place) } })} /> : null}
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
                      <span className="tx">{capital(link.kind)}</span>
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
            {([...(frame === null ? [] : [['frame', 'Raw frame'] as const]), ['data', 'Data'], ['event', 'Event']] as const).map(([name, label]) => (
              <button key={name} type="button" role="tab" aria-selected={shownTab === name} tabIndex={shownTab === name ? 0 : -1} onClick={() => setTab(name)} onKeyDown={toNextTab}>
                {label}
              </button>
            ))}
          </div>
          {shownTab === 'frame' && frame !== null ? <RawFrame frame={frame} /> : <JsonText className="raw mono" value={shownTab === 'data' ? withoutFrame(raw.data) : raw} label="The event as JSON" />}
        </div>
      </div>
    </section>
  );
}

const withoutFrame = ({ frame: _frame, ...data }: PlacedEvent['data']): PlacedEvent['data'] => data;

/** Arrow keys go from tab to tab. */
function toNextTab(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  const tabs = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>('[role="tab"]') ?? [])];
  const next = tabs[(tabs.indexOf(event.currentTarget) + by + tabs.length) % tabs.length];
  next?.click();
  next?.focus();
}

/** What went over the wire, as far as it was kept. */
function RawFrame({ frame }: { frame: PlacedEvent }): ReactNode {
  const { settings } = useInspector();
  const { showValues } = useStore(settings);
  const { frame: content, omitted } = frame.data;
  if (content === undefined) return <p className="t2 tl-alone">{typeof omitted === 'number' ? `A frame of ${formatBytes(omitted)}: its content was too large to be kept.` : 'This recording keeps no content of frames.'}</p>;
  if (showValues) return <JsonText className="raw mono" value={content} label="The frame as JSON" />;
  return (
    <p className="t2 tl-alone">
      Values are hidden. <LinkButton onPress={() => settings.update((before) => ({ ...before, showValues: true }))}>Show values (V)</LinkButton>
    </p>
  );
}

const offset = (ms: number): string => `${ms < 0 ? '−' : '+'}${formatCount(Math.abs(ms))} ms`;
