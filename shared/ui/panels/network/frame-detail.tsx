import { useState, type ReactNode } from 'react';
import { chainOf } from '../../../views/event-queries.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatBytes, formatClock, formatCount, plural } from '../../../views/format.ts';
import { bytesOfContent, rowsOfContent } from '../../../views/frame-content.ts';
import { rulesOf } from '../../../views/frame-rules.ts';
import type { FrameContent } from '../../../views/frames.ts';
import { Button, IconButton, Segments } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import { ContentTree } from './content-tree.tsx';
import { ExchangeSection } from './exchange-section.tsx';
import { STATE_TONES, isSent, latencyText, versionsText } from './frame-words.ts';
import { showFrame } from './go-on.ts';

interface DetailParts {
  readonly frame: WireFrame;
  readonly frames: readonly WireFrame[];
  readonly content: FrameContent;
  readonly loading: boolean;
  readonly onSelect: (frame: WireFrame) => void;
  readonly onStep: (by: 1 | -1) => void;
  readonly onCopy: () => void;
  readonly onClose: () => void;
}

/** One frame: what it was, what it held, its exchange and what came of it, the rules that it served. */
export function FrameDetail({ frame, frames, content, loading, onSelect, onStep, onCopy, onClose }: DetailParts): ReactNode {
  const inspector = useInspector();
  const exchange = frames.filter((one) => one.exchange === frame.exchange);
  const ids = frame.mutationIds.join(' ');
  const { value: chain } = useRead(`frame chain ${frame.place} ${ids}`, (read) => (ids === '' ? Promise.resolve([]) : chainOf(read, frame.contextId, frame.mutationIds)));
  const kept = content !== null && 'kept' in content ? content.kept : null;
  const again = frame.state === 'stale' ? frames.find((one) => one.place > frame.place && one.type === frame.type && one.contextId === frame.contextId && one.state === 'done' && (one.toVersion ?? 0) >= (frame.toVersion ?? 0)) : undefined;
  return (
    <section className="detail" aria-label={`Frame ${formatCount(frame.seq)}`} data-region>
      <DetailHead
        name="network"
        onClose={onClose}
        actions={
          <>
            <IconButton className="p2" icon="chev-up" label="Previous frame of the exchange (K)" onPress={() => onStep(-1)} />
            <IconButton className="p2" icon="chev-down" label="Next frame of the exchange (J)" onPress={() => onStep(1)} />
            <Button className="p2" icon="clock" label="Show in Timeline" kbd="T" onPress={() => showFrame(inspector, frame)} />
            <Button className="p2" icon="copy" label="Copy frame" kbd="C" onPress={onCopy} />
          </>
        }
      >
        <h2>
          <Icon name={isSent(frame) ? 'ev-push' : 'ev-delta'} className={isSent(frame) ? 'c-push' : 'c-delta'} />
          <Name text={frame.type} most={60} />
        </h2>
        <span className="nx-of clip">
          <Name text={frame.contextId || 'socket'} most={60} />
        </span>
        {frame.state === 'stale' || frame.state === 'lost' || frame.state === 'refused' ? <span className="tag tint-error">{frame.status.toLowerCase()}</span> : null}
        <span className="t2 p3 clip">seq {formatCount(frame.seq)}</span>
      </DetailHead>
      <div className="detail-body">
        <div className="cols nx-cols">
          <FrameFacts frame={frame} frames={frames} />
          <Content content={content} loading={loading} />
          <ExchangeSection frame={frame} exchange={exchange} again={again} chain={chain ?? []} rows={kept === null ? [] : rowsOfContent(kept)} onSelect={onSelect} />
          <Rules frame={frame} split={kept === null ? null : bytesOfContent(kept, frame.bytes)} />
        </div>
      </div>
    </section>
  );
}

function FrameFacts({ frame, frames }: { frame: WireFrame; frames: readonly WireFrame[] }): ReactNode {
  const stale = frame.state === 'stale' ? frames.filter(({ state }) => state === 'stale') : [];
  return (
    <section>
      <Heading>Frame</Heading>
      <dl className="kv">
        <dt>{isSent(frame) ? 'Sent' : 'Received'}</dt>
        <dd className="mono">{formatClock(frame.at)}</dd>
        {frame.endpoint === '' ? null : (
          <>
            <dt>{isSent(frame) ? 'To' : 'From'}</dt>
            <dd className="mono" title={frame.endpoint}>
              <Name text={frame.endpoint.replace(/^wss?:\/\//, '')} most={80} />
            </dd>
          </>
        )}
        {frame.activationId === '' ? null : (
          <>
            <dt>Activation</dt>
            <dd className={frame.state === 'stale' ? 'mono c-error' : 'mono'} title={frame.activationId}>
              <Name text={frame.activationId} most={60} />
            </dd>
          </>
        )}
        {frame.toVersion === null && frame.fromVersion === null ? null : (
          <>
            <dt>Versions</dt>
            <dd className="mono">{versionsText(frame)}</dd>
          </>
        )}
        <dt>Size</dt>
        <dd>
          {frame.bytes === 0 ? 'not kept' : formatBytes(frame.bytes)}
          {frame.changes === null ? null : <span className="t2">, {plural(frame.changes, 'change')}</span>}
        </dd>
        <dt>Status</dt>
        <dd className={STATE_TONES[frame.state]}>{frame.status || 'nothing to tell'}</dd>
        {frame.latencyMs === null ? null : (
          <>
            <dt>{frame.type === 'DELTA' ? 'Applied in' : frame.type === 'SNAPSHOT' ? 'Took' : 'Answered in'}</dt>
            <dd>{latencyText(frame.latencyMs)}</dd>
          </>
        )}
        {stale.length === 0 ? null : (
          <>
            <dt>Counted</dt>
            <dd>
              stale frame {formatCount(stale.indexOf(frame) + 1)} of {formatCount(stale.length)}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Content({ content, loading }: { content: FrameContent; loading: boolean }): ReactNode {
  const { settings } = useInspector();
  const { showValues } = useStore(settings);
  const [tab, setTab] = useState<'parsed' | 'raw'>('parsed');
  if (content === null || 'omitted' in content) {
    return (
      <section>
        <Heading>Content</Heading>
        <p className="t2">{loading ? 'Reading…' : content === null ? 'This recording kept nothing of what the frame held.' : `Not kept: ${formatBytes(content.omitted)} is more than an event holds.`}</p>
      </section>
    );
  }
  return (
    <section>
      <Heading action={<Segments className="push" label="Content" value={tab} onChange={setTab} options={[{ value: 'parsed', label: 'Parsed' }, { value: 'raw', label: 'Raw' }]} />} {...(showValues ? {} : { note: 'values are hidden (V)' })}>
        Content
      </Heading>
      {tab === 'parsed' ? <ContentTree content={content.kept} hidden={!showValues} /> : showValues ? <JsonText className="raw mono" value={content.kept} label="The frame as JSON" /> : <p className="t2">Show values to read the frame as it is.</p>}
    </section>
  );
}

function Rules({ frame, split }: { frame: WireFrame; split: ReturnType<typeof bytesOfContent> }): ReactNode {
  const inspector = useInspector();
  const rules = rulesOf(frame, frame.state, frame.own > 0);
  return (
    <section>
      <Heading>Rules it served</Heading>
      {rules.length === 0 ? <p className="t2">None that names this type.</p> : null}
      <dl className="kv rules">
        {rules.map(({ id, text }) => (
          <div key={id}>
            <dt>
              <LinkButton className="mono" title={`Frames that served ${id}`} onPress={() => inspector.setField('network', `rule:${id}`)}>
                {id}
              </LinkButton>
            </dt>
            <dd title={text}>{text}</dd>
          </div>
        ))}
      </dl>
      {split === null || split.changes === 0 ? null : (
        <>
          <Heading>Where the {formatCount(frame.bytes)} bytes go</Heading>
          <div className="szb" role="img" aria-label={`values ${split.values} B, changes ${split.changes} B, envelope ${split.envelope} B`}>
            <i className="bg-snapshot" style={{ flex: split.values }} />
            <i className="bg-remote" style={{ flex: split.changes }} />
            <i className="rest" style={{ flex: split.envelope }} />
          </div>
          <div className="legend">
            <span>
              <i className="sw bg-snapshot" />
              values {formatCount(split.values)}
            </span>
            <span>
              <i className="sw bg-remote" />
              changes {formatCount(split.changes)}
            </span>
            <span>
              <i className="sw rest" />
              envelope {formatCount(split.envelope)}
            </span>
          </div>
        </>
      )}
    </section>
  );
}
