import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import type { WireFrame } from '../../../views/exchanges.ts';
import { plural } from '../../../views/format.ts';
import { rowsOfContent } from '../../../views/frame-content.ts';
import { frameContent } from '../../../views/frames.ts';
import { Button } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Empty } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useCapable, useContexts, useIndex, useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import { Connections } from './connections.tsx';
import { EmulationPanel } from './emulation-panel.tsx';
import { frameColumns } from './frame-columns.tsx';
import { FrameDetail } from './frame-detail.tsx';
import { countsOf, filterOf, keptFrames, stepByExchange, type FrameFilter } from './frame-filter.ts';
import { sharesOf } from './frame-words.ts';
import { FilterBar, TypeBar } from './frame-bars.tsx';
import { openRow, queryFrames, showFrame } from './go-on.ts';
import { Totals } from './totals.tsx';
import { useAway } from './use-away.ts';
import { useConditions, useEmulated, useFrames, useSockets, useWire } from './use-wire.ts';
import { openAxis, useAxis } from './waterfall.tsx';

const BY_TIME = [{ id: 'time', desc: false }];

/** What went over the wire, for which activation, and what became of it. */
export function NetworkPanel(): ReactNode {
  const inspector = useInspector();
  const { contexts: filtered, fields, selection } = useView();
  const { index } = useIndex();
  const client = useStore(inspector.session.client);
  const contexts = useContexts();
  const now = useNow();
  const attached = client.state === 'attached';
  const recording = attached && fields['network.frames'] !== 'off';
  useFrames(recording);
  const refused = useRefusal('Network.conditions');
  const conditions = useConditions(refused);
  const canEmulate = useCapable('Network.emulate');
  const sockets = useSockets();
  const { value, error, loading, again } = useWire();
  const emulated = useEmulated(conditions.value?.conditions ?? null);

  const filter = filterOf(fields);
  const all = useMemo(
    () => (value ?? []).filter(({ contextId, at }) => (filtered.length === 0 || filtered.includes(contextId)) && (selection === null || (at >= selection.from && at <= selection.to))),
    [value, filtered, selection],
  );
  const filterKey = JSON.stringify(filter);
  const shown = useMemo(() => keptFrames(all, JSON.parse(filterKey) as FrameFilter, emulated), [all, filterKey, emulated]);
  const counts = useMemo(() => countsOf(all, emulated), [all, emulated]);
  const shares = useMemo(() => sharesOf(all), [all]);

  const selected = fields['network.frame'] ?? '';
  const current = all.find((frame) => String(frame.place) === selected);
  const content = useRead(`frame content ${current?.place ?? ''}`, (read) => (current === undefined ? Promise.resolve(null) : frameContent(read, current.place)), false);
  const kept = content.value !== null && 'kept' in content.value ? content.value.kept : null;
  const exchange = useMemo(() => (current === undefined ? [] : all.filter((frame) => frame.exchange === current.exchange)), [all, current]);

  const [jump, setJump] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const away = useAway(box, jump);
  const sticks = fields['network.follow'] !== 'off' && current === undefined;
  const follow = sticks && !away;
  const [axis] = useState(openAxis);
  useAxis(axis, shown, box);
  const toneOf = useCallback((contextId: string): string => shares.find((share) => share.contextId === contextId)?.tone ?? 't3', [shares]);
  const kin = useMemo(() => exchange.map(({ place }) => place), [exchange]);
  const columns = useMemo(() => frameColumns({ axis, kin, selected, toneOf }), [axis, kin, selected, toneOf]);

  const choose = (frame: WireFrame): void => inspector.setField('network.frame', String(frame.place));
  const step = (by: 1 | -1): void => {
    const next = stepByExchange(shown, selected, by);
    if (next !== undefined) choose(next);
  };
  const emulating = fields['network.emulate'] === 'open' && canEmulate;
  const toggleEmulation = (): void => {
    if (canEmulate) inspector.setField('network.emulate', emulating ? '' : 'open');
  };
  const followNow = (): void => {
    inspector.show({ cursor: null, to: null, fields: { ...inspector.view.get().fields, 'network.follow': '', 'network.frame': '' } });
    setJump((n) => n + 1);
  };
  const copy = (): void => void inspector.copy(JSON.stringify(current === undefined ? shown : { ...current, frame: kept }, null, 2), current === undefined ? 'The list' : 'The frame');
  const clear = (): void => inspector.show({ fields: { ...inspector.view.get().fields, network: '', 'network.group': '', 'network.quick': '', 'network.direction': 'both' } });
  usePanelKeys({
    E: toggleEmulation,
    H: () => inspector.setField('network.chatter', filter.hideChatter ? 'shown' : ''),
    J: () => step(1),
    K: () => step(-1),
    L: followNow,
    C: copy,
    ...(current === undefined
      ? {}
      : {
          T: () => showFrame(inspector, current),
          Q: () => queryFrames(inspector, current, exchange),
          ...(current.contextId === '' ? {} : { O: () => openRow(inspector, current.contextId, kept === null ? undefined : rowsOfContent(kept)[0]) }),
        }),
    ...(emulating && current === undefined ? { Escape: toggleEmulation } : {}),
    ...(current === undefined ? {} : { Escape: () => inspector.setField('network.frame', '') }),
  });

  return (
    <>
      <TypeBar filter={filter} all={all} counts={counts} emulated={emulated} recording={recording} emulating={emulating} onEmulate={toggleEmulation} />
      <FilterBar filter={filter} all={all} counts={counts} emulated={emulated} follow={follow} onFollow={() => (follow ? inspector.setField('network.follow', 'off') : followNow())} />
      <Connections endpoints={conditions.value?.endpoints ?? []} sockets={sockets} frames={value ?? []} contexts={contexts} now={now} />
      {refused === null && conditions.error !== null ? <div className="attn t2">{conditions.error}</div> : null}
      <div className={`nx-body ${emulating ? 'with-em' : ''}`}>
        <Split
          name="network"
          below={222}
          detail={current === undefined ? null : <FrameDetail key={current.place} frame={current} frames={all} content={content.value} loading={content.loading} onSelect={choose} onStep={step} onCopy={copy} onClose={() => inspector.setField('network.frame', '')} />}
        >
          <div className="da-gw" ref={box}>
            {error !== null && value === null ? (
              <Empty icon="ev-error" tone="c-error" title="The frames could not be read" actions={<Button icon="replay" label="Try again" onPress={again} />}>
                {error.slice(0, 300)}
              </Empty>
            ) : all.length === 0 && !loading ? (
              <NoFrames attached={attached} recording={recording} isEmpty={index.length === 0} isFiltered={(value ?? []).length > 0} onRecord={() => inspector.setField('network.frames', '')} />
            ) : shown.length === 0 && !loading ? (
              <Empty icon="filter" title="No frame matches" actions={<Button label="Clear filter" onPress={clear} />}>
                {plural(all.length, 'frame')} without the filter{filter.hideChatter ? ', acks and pings among them' : ''}.
              </Empty>
            ) : (
              <Grid
                key={jump}
                label="Frames"
                className="nx-grid"
                columns={columns}
                rows={shown}
                idOf={(frame) => String(frame.place)}
                selected={selected}
                loading={loading}
                initialSort={BY_TIME}
                stickToEnd={sticks}
                rowClass={(frame) => `${frame.state === 'stale' ? 'is-stale' : ''} ${kin.length > 1 && kin.includes(frame.place) ? 'is-kin' : ''}`}
                onSelect={choose}
              />
            )}
          </div>
        </Split>
        {emulating ? <EmulationPanel now={conditions.value?.conditions ?? null} frames={all} onChanged={conditions.again} onClose={toggleEmulation} /> : null}
      </div>
      <Totals shown={shown} all={all} shares={shares} contexts={contexts} />
    </>
  );
}

function NoFrames({ attached, recording, isEmpty, isFiltered, onRecord }: { attached: boolean; recording: boolean; isEmpty: boolean; isFiltered: boolean; onRecord: () => void }): ReactNode {
  if (isFiltered) return <Empty icon="filter" title="No frame of these contexts in this range">Others have some: the context filter or the range leaves them out.</Empty>;
  if (attached && !recording) {
    return (
      <Empty icon="swap" title="Frames are not recorded" actions={<Button label="Record frames" onPress={onRecord} />}>
        They cost the client a little each, and are off now.
      </Empty>
    );
  }
  return (
    <Empty icon="swap" title="No frames yet">
      {attached ? 'Frames are recorded while this panel is open; the next one appears here.' : isEmpty ? 'This recording is empty.' : 'This recording was made without frames. Timeline shows what they did.'}
    </Empty>
  );
}
