import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatBytes, formatClock, formatCount, plural } from '../../../views/format.ts';
import { frameGroup, framesOf, isChatter, type Frame } from '../../../views/frames.ts';
import { Button, Chip, FilterField, Segments, Tick } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Empty, Heading, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useCapable, useIndex, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';
import { Connections } from './connections.tsx';
import { EmulationPanel } from './emulation-panel.tsx';

const MOST = 5_000;
const GROUPS = ['Lifecycle', 'Delta', 'Push', 'Conflict', 'Log', 'Connection'] as const;
const CONDITIONS_EVERY_MS = 2_000;
type Direction = 'both' | 'out' | 'in';

/** What went over the wire, for which activation, and what became of it. */
export function NetworkPanel(): ReactNode {
  const inspector = useInspector();
  const { contexts, cursor, fields } = useView();
  const { index } = useIndex();
  const client = useStore(inspector.session.client);
  const place = inspector.place();
  const [asked, setAsked] = useState(0);
  const refused = useRefusal('Network.conditions');
  const conditions = useAnswer(`conditions ${asked} ${refused ?? ''}`, refused === null && cursor === null ? () => inspector.session.call('Network.conditions', {}) : null);
  const canEmulate = useCapable('Network.emulate');
  const emulating = fields['network.emulate'] === 'open';
  // Frames cost the client a little each, so they are on while somebody looks.
  useEffect(() => {
    inspector.session.wantFrames(true);
    return () => inspector.session.wantFrames(false);
  }, [inspector, client.state]);
  useEffect(() => {
    if (cursor !== null) return undefined;
    const timer = setInterval(() => setAsked((n) => n + 1), CONDITIONS_EVERY_MS);
    return () => clearInterval(timer);
  }, [cursor]);
  const { value, loading } = useRead(`frames ${cursor ?? 'live'}`, (read) => framesOf(read, place, MOST));
  const text = fields['network'] ?? '';
  const group = fields['network.group'] ?? '';
  const direction = (fields['network.direction'] ?? 'both') as Direction;
  const hideChatter = fields['network.chatter'] !== 'shown';
  const terms = parseFilter(text);
  const all = useMemo(() => (value ?? []).filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId)), [value, contexts]);
  const shown = all.filter((frame) => (group === '' || frameGroup(frame.type) === group) && (direction === 'both' || frame.direction === direction) && !(hideChatter && isChatter(frame.type)) && matches(terms, fieldsOf(frame), `${frame.type} ${frame.contextId} ${frame.activationId}`));
  const selected = fields['network.frame'] ?? '';
  const current = all.find((frame) => String(frame.place) === selected);
  const step = (by: number): void => {
    const here = shown.findIndex((frame) => String(frame.place) === selected);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    if (next !== undefined) inspector.setField('network.frame', String(next.place));
  };
  const toggleEmulation = (): void => inspector.setField('network.emulate', emulating ? '' : 'open');
  usePanelKeys({
    E: toggleEmulation,
    H: () => inspector.setField('network.chatter', hideChatter ? 'shown' : ''),
    J: () => step(1),
    K: () => step(-1),
    C: () => void inspector.copy(JSON.stringify(current ?? shown, null, 2), 'The frame'),
    ...(current === undefined ? {} : { Escape: () => inspector.setField('network.frame', '') }),
  });
  const bytes = { in: 0, out: 0 };
  for (const frame of shown) bytes[frame.direction] += frame.bytes;
  const emulated = conditions.value?.conditions ?? null;
  return (
    <>
      <div className="bar">
        <FilterField label="Filter frames" placeholder="Filter, for example type:PUSH bytes:>1000" value={text} onChange={(next) => inspector.setField('network', next)} />
        <div className="chips" role="group" aria-label="Kinds of frames">
          <Chip label="All" count={formatCount(all.length)} pressed={group === ''} onPress={() => inspector.setField('network.group', '')} />
          {GROUPS.map((name, at) => (
            <Chip key={name} label={name} className={at < 3 ? 'p2' : at < 4 ? 'p3' : 'p4'} count={formatCount(all.filter(({ type }) => frameGroup(type) === name).length)} pressed={group === name} onPress={() => inspector.setField('network.group', name)} />
          ))}
        </div>
        <span className="grow" />
        {canEmulate ? <Button className={`quiet p2 ${emulated === null ? '' : 'c-conflict'}`} icon="wifi" label={emulated === null ? 'Emulate' : 'Emulated'} title="Emulation (E)" onPress={toggleEmulation} /> : null}
      </div>
      <div className="bar sub nx-sub">
        <Segments<Direction>
          label="Direction"
          value={direction}
          onChange={(next) => inspector.setField('network.direction', next)}
          options={[
            { value: 'both', label: 'Both' },
            { value: 'out', label: <><Icon name="ev-push" className="c-push" />Sent</> },
            { value: 'in', label: <><Icon name="ev-delta" className="c-delta" />Received</> },
          ]}
        />
        <span className="grow" />
        <Tick label="Hide acks and pings" state={hideChatter ? 'on' : 'off'} shown={<span>Hide acks, pings</span>} onPress={() => inspector.setField('network.chatter', hideChatter ? 'shown' : '')} />
        <span className="t3 p3">
          {formatCount(shown.length)} of {formatCount(all.length)} shown
        </span>
      </div>
      <Connections endpoints={conditions.value?.endpoints ?? []} note={refused ?? conditions.error} />
      <div className={`nx-body ${emulating && canEmulate ? 'with-em' : ''}`}>
        <Split name="network" below={260} detail={current === undefined ? null : <FrameDetail frame={current} onClose={() => inspector.setField('network.frame', '')} />}>
          <div className="da-gw">
            {all.length === 0 && !loading ? (
              <Empty icon="swap" title="No frames yet">
                {client.state === 'attached' ? 'Frames are recorded while this panel is open; the next one appears here.' : index.length === 0 ? 'This recording is empty.' : 'This recording was made without frames. Timeline shows what they did.'}
              </Empty>
            ) : shown.length === 0 && !loading ? (
              <Empty icon="filter" title="No frame matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('network', ''); inspector.setField('network.group', ''); }} />}>
                {plural(all.length, 'frame')} without the filter.
              </Empty>
            ) : (
              <Grid label="Frames" columns={COLUMNS} rows={shown} idOf={(frame) => String(frame.place)} selected={selected} loading={loading} onSelect={(frame) => inspector.setField('network.frame', String(frame.place))} />
            )}
            <div className="cap">
              <b>{plural(shown.length, 'frame')}</b>
              <span>
                <Icon name="ev-push" className="c-push" /> {formatBytes(bytes.out)}
              </span>
              <span>
                <Icon name="ev-delta" className="c-delta" /> {formatBytes(bytes.in)}
              </span>
              <span className="grow" />
              {all.length === MOST ? <span>the newest {formatCount(MOST)}</span> : null}
            </div>
          </div>
        </Split>
        {emulating && canEmulate ? <EmulationPanel now={emulated} onChanged={() => setAsked((n) => n + 1)} onClose={() => inspector.setField('network.emulate', '')} /> : null}
      </div>
    </>
  );
}

const fieldsOf = (frame: Frame) => (key: string): string | number | undefined => ({ type: frame.type, context: frame.contextId, activation: frame.activationId, direction: frame.direction, bytes: frame.bytes, seq: frame.seq })[key];

const COLUMNS: readonly Column<Frame>[] = [
  { id: 'seq', header: 'Seq', priority: 3, numeric: true, width: 64, className: 'mono', sort: ({ place }) => place, cell: ({ seq }) => <span className="t2">{formatCount(seq)}</span> },
  { id: 'time', header: 'Time', width: 104, className: 'mono', sort: ({ place }) => place, cell: ({ at }) => formatClock(at) },
  { id: 'type', header: 'Type', width: 180, sort: ({ type }) => type, cell: ({ type, direction }) => <><Icon name={direction === 'out' ? 'ev-push' : 'ev-delta'} className={direction === 'out' ? 'c-push' : 'c-delta'} label={direction === 'out' ? 'sent' : 'received'} /> <span className="mono"><Name text={type} most={40} /></span></> },
  { id: 'context', header: 'Context', sort: ({ contextId }) => contextId, cell: ({ contextId }) => (contextId === '' ? <span className="t3">socket</span> : <Name text={contextId} most={60} />) },
  { id: 'activation', header: 'Activation', priority: 4, width: 120, className: 'mono', cell: ({ activationId }) => <span className="t2">{activationId === '' ? '–' : <Name text={activationId} most={16} />}</span> },
  { id: 'versions', header: 'Versions', priority: 2, width: 120, className: 'mono', cell: ({ fromVersion, toVersion }) => (toVersion === null ? <span className="t3">–</span> : `${formatCount(fromVersion ?? 0)} → ${formatCount(toVersion)}`) },
  { id: 'bytes', header: 'Bytes', numeric: true, width: 76, sort: ({ bytes }) => bytes, cell: ({ bytes }) => formatBytes(bytes) },
];

function FrameDetail({ frame, onClose }: { frame: Frame; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  return (
    <section className="detail" aria-label="Frame" data-region>
      <DetailHead name="network" onClose={onClose} actions={<Button className="quiet p2" icon="chart" label="Show in Timeline" onPress={() => inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(frame.place) }, to: frame.at + 5_000, width: 20_000 })} />}>
        <h2>
          <Icon name={frame.direction === 'out' ? 'ev-push' : 'ev-delta'} className={frame.direction === 'out' ? 'c-push' : 'c-delta'} />
          <span className="mono">
            <Name text={frame.type} most={60} />
          </span>
        </h2>
        <span className="t2">
          <Name text={frame.contextId} most={60} />
        </span>
      </DetailHead>
      <div className="detail-body">
        <div className="cols nx-cols">
          <section>
            <Heading>Frame</Heading>
            <dl className="kv">
              <dt>Time</dt>
              <dd className="mono">{formatClock(frame.at)}</dd>
              <dt>Direction</dt>
              <dd>{frame.direction === 'out' ? 'sent by this device' : 'received'}</dd>
              <dt>Bytes</dt>
              <dd>{formatBytes(frame.bytes)}</dd>
              <dt>Activation</dt>
              <dd className="mono">{frame.activationId || 'none'}</dd>
            </dl>
          </section>
          <section>
            <Heading>What is kept of it</Heading>
            <JsonText className="codebox" value={frame.data} label="The frame as JSON" />
          </section>
        </div>
      </div>
    </section>
  );
}
