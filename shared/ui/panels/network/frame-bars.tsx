import type { ReactNode } from 'react';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatCount, formatSecond } from '../../../views/format.ts';
import { FRAME_GROUPS } from '../../../views/frames.ts';
import { Button, Chip, FilterField, IconButton, Segments, Tick } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { askStress } from '../../dialogs/actions.ts';
import { useCapable, useIndex, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { QUICK, QUICK_CHIPS, type Direction, type Emulated, type FrameCounts, type FrameFilter } from './frame-filter.ts';

interface BarParts {
  readonly filter: FrameFilter;
  readonly all: readonly WireFrame[];
  readonly counts: FrameCounts;
  readonly emulated: Emulated;
}

/** What is asked for by words and by type, and what can be done to the network. */
export function TypeBar({ filter, all, counts, emulated, recording, emulating, onEmulate }: BarParts & { readonly recording: boolean; readonly emulating: boolean; readonly onEmulate: () => void }): ReactNode {
  const inspector = useInspector();
  const attached = useStore(inspector.session.client).state === 'attached';
  const canEmulate = useCapable('Network.emulate');
  const canStress = useCapable('Context.stressSwitch');
  const stress = useRefusal('Context.stressSwitch');
  return (
    <div className="bar">
      <FilterField label="Filter frames" placeholder="latency:>500" value={filter.text} onChange={(next) => inspector.setField('network', next)} />
      <div className="chips" role="group" aria-label="Types of frames">
        <Chip label="All" count={formatCount(all.length)} pressed={filter.group === ''} onPress={() => inspector.setField('network.group', '')} />
        {FRAME_GROUPS.map((name, at) => (
          <Chip key={name} label={name} className={at < 3 ? 'p2' : at < 4 ? 'p3' : 'p4'} count={formatCount(counts.groups.get(name) ?? 0)} pressed={filter.group === name} onPress={() => inspector.setField('network.group', filter.group === name ? '' : name)} />
        ))}
      </div>
      <span className="grow" />
      {attached ? (
        <button type="button" className="btn quiet p2 nx-rec" aria-pressed={recording} title={recording ? 'Frames are recorded while this panel is open. They cost the client a little each' : 'Frames are not recorded now'} onClick={() => inspector.setField('network.frames', recording ? 'off' : '')}>
          <i className={recording ? 'recdot' : 'recdot is-off'} />
          <span>Frames</span>
        </button>
      ) : null}
      {canEmulate ? (
        <button type="button" className={`btn quiet p2 ${emulated.now === null ? '' : 'on'}`} aria-expanded={emulating} title="Network emulation (E)" onClick={onEmulate}>
          <Icon name="wifi" />
          <span>{emulated.now === null ? 'Emulate' : 'Emulated'}</span>
        </button>
      ) : null}
      {canStress ? <Button className="quiet p3 nx-stress" icon="swap" label="Stress switch…" off={stress} title="Rapid switching; reports every broken invariant" onPress={() => askStress(inspector)} /> : null}
    </div>
  );
}

/** When, in which direction, and what needs a look. */
export function FilterBar({ filter, all, counts, emulated, follow, onFollow }: BarParts & { readonly follow: boolean; readonly onFollow: () => void }): ReactNode {
  const inspector = useInspector();
  const { selection } = useView();
  const { index } = useIndex();
  const range = selection ?? { from: all[0]?.at ?? index.firstAt, to: all.at(-1)?.at ?? index.lastAt };
  return (
    <div className="bar sub nx-sub">
      <button type="button" className="range" title={selection === null ? 'From the first frame to the last. A range is selected in Timeline' : 'The range that is selected in Timeline'} onClick={() => inspector.go('timeline')}>
        <Icon name="clock" />
        <span className="mono">
          {formatSecond(range.from)} to {formatSecond(range.to)}
        </span>
      </button>
      {selection === null ? null : <IconButton icon="close" label="All of the recording" onPress={() => inspector.show({ selection: null })} />}
      <Segments<Direction>
        label="Direction"
        className="p2"
        value={filter.direction}
        onChange={(next) => inspector.setField('network.direction', next)}
        options={[
          { value: 'both', label: 'Both' },
          { value: 'out', label: <><Icon name="ev-push" className="c-push" />Sent</> },
          { value: 'in', label: <><Icon name="ev-delta" className="c-delta" />Received</> },
        ]}
      />
      <span className="sep p2" />
      {QUICK.map((quick) => {
        const { label, icon, tone, className } = QUICK_CHIPS[quick];
        if (quick === 'emulated' && emulated.spans.length === 0) return null;
        return <Chip key={quick} className={className} icon={icon} tone={tone} label={label} count={formatCount(counts.quick.get(quick) ?? 0)} pressed={filter.quick === quick} onPress={() => inspector.setField('network.quick', filter.quick === quick ? '' : quick)} />;
      })}
      <span className="grow" />
      <span className="p3">
        <Tick label="Hide acks and pings (H)" state={filter.hideChatter ? 'on' : 'off'} shown={<span>Hide acks, pings</span>} onPress={() => inspector.setField('network.chatter', filter.hideChatter ? 'shown' : '')} />
      </span>
      <button type="button" className="btn quiet p2" aria-pressed={follow} title="Keep the newest frame in view (L)" onClick={onFollow}>
        <Icon name="last" />
        <span>{follow ? 'Following' : 'Follow newest'}</span>
      </button>
    </div>
  );
}
