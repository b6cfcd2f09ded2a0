import { useMemo, useRef, useState, type PointerEvent, type ReactNode } from 'react';
import type { EventKind } from '../../../core/events.ts';
import { formatBehind, formatClock, formatCount, formatMs, plural } from '../../../views/format.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { Icon } from '../../components/icon.tsx';
import { Name, StateIcon } from '../../components/parts.tsx';
import { useIndex, useInspector, useView } from '../../state/inspector.ts';
import type { Span } from '../../state/view.ts';
import { drawLane, xOf, type Scene } from './draw-lane.ts';
import type { LanePlace } from './lane-layout.ts';
import { hatch } from './palette.ts';
import { panned, rulerTicks, zoomed, type TimeWindow } from './time-window.ts';
import { useDrawing, usePalette, useSize } from './use-canvas.ts';

interface LanesProps {
  readonly lanes: readonly LanePlace[];
  /** Contexts without a lane of their own. */
  readonly quiet: readonly ContextNow[];
  readonly window: TimeWindow;
  readonly kinds: ReadonlySet<EventKind>;
  readonly follow: boolean;
  /** Places of the chain that is looked at, in order. */
  readonly chain: readonly number[];
  readonly onEvent: (place: number) => void;
}

const DRAG_STARTS_AT = 4;
const NEAR_PX = 7;
const QUIET_LINE = 24;

export function Lanes({ lanes, quiet, window: shown, kinds, follow, chain, onEvent }: LanesProps): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const view = useView();
  const scroller = useRef<HTMLDivElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height } = useSize(scroller);
  const { width } = useSize(plot);
  const palette = usePalette(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  const [hover, setHover] = useState<number | null>(null);
  const [drag, setDrag] = useState<Span | null>(null);
  const press = useRef<{ x: number; at: number } | null>(null);
  const total = lanes.reduce((sum, lane) => sum + lane.height, 0) + (quiet.length > 0 ? QUIET_LINE : 0);
  const visible = lanes.filter(({ top, height: tall }) => top + tall > scrollTop && top < scrollTop + height);
  const selection = drag ?? view.selection;
  const timeAt = (x: number): number => shown.from + (x / Math.max(1, width)) * (shown.to - shown.from);
  const patterns = useMemo(() => {
    const draw = document.createElement('canvas').getContext('2d');
    if (draw === null || palette === null) return null;
    return { gap: hatch(draw, palette['text-3'], 5, 1, true), opening: hatch(draw, palette.activating, 3, 1.2, true), closing: hatch(draw, palette.deactivating, 3, 1.2, false) };
  }, [palette]);

  useDrawing(canvas, width, height, (draw) => {
    if (palette === null || patterns === null) return;
    const scene: Scene = { draw, palette, patterns, index, window: shown, width, kinds };
    draw.fillStyle = palette['line-faint'];
    for (const tick of rulerTicks(shown, width, 90).ticks) draw.fillRect(Math.round(xOf(scene, tick)), 0, 1, height);
    for (const lane of visible) drawLane(scene, lane, index.tracks.get(lane.context.contextId), lane.top - scrollTop);
    overlay(scene, height, selection, view.cursor);
    badges(scene, lanes, scrollTop, chain);
    if (hover !== null) {
      draw.fillStyle = palette['text-2'];
      draw.fillRect(Math.round(hover), 0, 1, height);
      readouts(scene, visible, scrollTop, timeAt(hover), hover);
    }
  });

  const local = (event: PointerEvent): number => event.clientX - (plot.current?.getBoundingClientRect().left ?? 0);
  const onDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    press.current = { x: local(event), at: timeAt(local(event)) };
  };
  const onMove = (event: PointerEvent<HTMLDivElement>): void => {
    const x = local(event);
    setHover(x);
    const start = press.current;
    if (start !== null && Math.abs(x - start.x) >= DRAG_STARTS_AT) setDrag({ from: Math.min(start.at, timeAt(x)), to: Math.max(start.at, timeAt(x)) });
  };
  const onUp = (event: PointerEvent<HTMLDivElement>): void => {
    const start = press.current;
    press.current = null;
    if (start === null) return;
    if (drag !== null) {
      inspector.show({ selection: drag });
      inspector.setField('timeline.event', '');
      setDrag(null);
      return;
    }
    const y = event.clientY - (scroller.current?.getBoundingClientRect().top ?? 0) + scrollTop;
    const lane = lanes.find(({ top, height: tall }) => y >= top && y < top + tall);
    const place = lane === undefined ? null : nearest(index, lane.context.contextId, timeAt(start.x - NEAR_PX), timeAt(start.x + NEAR_PX), start.at, kinds);
    if (lane !== undefined) inspector.show({ selected: lane.context.contextId, ...(place === null ? { selection: null } : {}) });
    if (place !== null) onEvent(place);
  };
  return (
    <div
      className="tl-lanes"
      ref={scroller}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onWheel={(event) => {
        const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
        if (event.ctrlKey || event.metaKey) inspector.show(zoomed(shown, event.deltaY > 0 ? 1.25 : 0.8, timeAt(hover ?? width), follow));
        else if (sideways !== 0) inspector.show(panned(shown, sideways / Math.max(200, width)));
      }}
    >
      <div className="tl-in" style={{ height: Math.max(total, height) }} role="grid" aria-label="Lanes" aria-rowcount={lanes.length} tabIndex={0}>
        {visible.map((lane) => (
          <LaneHead key={lane.context.contextId} lane={lane} />
        ))}
        {quiet.length === 0 ? null : (
          <div className="tl-quiet" role="row" style={{ top: total - QUIET_LINE, height: QUIET_LINE }}>
            <span role="rowheader" className="tl-g">
              <button type="button" className="btn quiet" aria-expanded={false} onClick={() => inspector.setField('timeline.quiet', 'open')}>
                <Icon name="chev-right" />
                {plural(quiet.length, 'quiet lane')}
              </button>
            </span>
            <span role="gridcell" className="names">
              {quiet.map(({ contextId, state }) => (
                <span key={contextId}>
                  <StateIcon state={state} />
                  <Name text={contextId} most={40} />
                </span>
              ))}
            </span>
          </div>
        )}
        <div
          className="tl-plot"
          ref={plot}
          role="presentation"
          style={{ height }}
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerLeave={() => setHover(null)}
          onDoubleClick={() => inspector.show(zoomed(shown, 0.4, timeAt(hover ?? width / 2), false))}
        >
          <canvas ref={canvas} aria-hidden="true" style={{ width, height }} />
          {hover === null ? null : (
            <span className="tl-flag" aria-hidden="true" style={{ left: Math.max(42, Math.min(width - 42, hover)) }}>
              {formatClock(timeAt(hover))}
            </span>
          )}
          {selection === null ? null : (
            <span className="tl-flag is-sel" aria-hidden="true" style={{ left: (xOf({ window: shown, width }, selection.from) + xOf({ window: shown, width }, selection.to)) / 2 }}>
              {formatMs(selection.to - selection.from)}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

/** The name of a lane with its versions, and for those who do not see the drawing what is in it. */
function LaneHead({ lane }: { lane: LanePlace }): ReactNode {
  const inspector = useInspector();
  const { selected } = useView();
  const { context, top, height, events, focus } = lane;
  const { row, state, behind } = context;
  const low = height < 30;
  return (
    <div
      className={`tl-g ${low ? 'lo' : ''} ${context.contextId === selected ? 'is-selected' : ''} ${focus ? 'is-focus' : ''}`}
      role="row"
      style={{ top, height }}
      title={context.title.slice(0, 200)}
      onClick={() => inspector.show({ selected: context.contextId })}
    >
      <span className="a" role="rowheader">
        <StateIcon state={state} />
        <b className="clip">
          <Name text={context.contextId} most={60} />
        </b>
        <span className="grow" />
        <span className={`lag ${behind > 0 ? 'c-remote' : 't3'}`}>{state === 'pruned' ? 'pruned' : row.partition.present ? (behind > 0 ? formatBehind(behind) : low ? '0' : 'at head') : 'no data'}</span>
      </span>
      <span role="gridcell" className={low ? 'cn-vh' : 'v mono'} ><span className="cn-vh">{`${state}, ${plural(events, 'event')} in view, local version `}</span>
        <span className="c-local">{formatCount(row.localVersion)}</span>
        <span className="t3">of</span>
        <span className="c-remote">{formatCount(row.serverVersion)}</span>
      </span>
      {focus ? (
        <>
          <span className="rw" style={{ top: 81 }}>
            out
          </span>
          <span className="rw" style={{ top: 103 }}>
            in
          </span>
          <span className="rw" style={{ top: 125 }}>
            core
          </span>
        </>
      ) : null}
    </div>
  );
}

function overlay(scene: Scene, height: number, selection: Span | null, cursor: number | null): void {
  const { draw, palette, patterns, index, window: shown, width } = scene;
  for (const gap of index.gaps) {
    const x = xOf(scene, gap.fromAt);
    const wide = Math.max(4, xOf(scene, gap.toAt) - x);
    if (x + wide < 0 || x > width) continue;
    draw.fillStyle = palette.surface;
    draw.globalAlpha = 0.75;
    draw.fillRect(x, 0, wide, height);
    draw.globalAlpha = 1;
    draw.fillStyle = patterns.gap;
    draw.fillRect(x, 0, wide, height);
  }
  if (selection !== null) {
    const x = xOf(scene, selection.from);
    const wide = xOf(scene, selection.to) - x;
    draw.fillStyle = palette.accent;
    draw.globalAlpha = 0.15;
    draw.fillRect(x, 0, wide, height);
    draw.globalAlpha = 1;
    draw.fillRect(x, 0, 1, height);
    draw.fillRect(x + wide, 0, 1, height);
  }
  const at = cursor === null ? index.lastAt : (index.at[cursor] ?? index.lastAt);
  if (at < shown.from || at > shown.to) {
    if (cursor !== null && at < shown.from) dim(scene, 0, height);
    return;
  }
  const x = xOf(scene, at);
  if (cursor !== null) dim(scene, x, height);
  draw.fillStyle = cursor === null ? palette.active : palette.accent;
  draw.fillRect(x - 1, 0, 2, height);
}

function dim({ draw, palette, width }: Scene, x: number, height: number): void {
  draw.fillStyle = palette['surface-bar'];
  draw.globalAlpha = 0.5;
  draw.fillRect(x, 0, width - x, height);
  draw.globalAlpha = 1;
}

/** The numbers of a chain, where its events stand. */
function badges(scene: Scene, lanes: readonly LanePlace[], scrollTop: number, chain: readonly number[]): void {
  const { draw, palette, index } = scene;
  draw.font = `600 10px ${palette.font}`;
  draw.textAlign = 'center';
  draw.textBaseline = 'middle';
  let lastX = -20;
  for (const [i, place] of chain.entries()) {
    const lane = lanes.find(({ context }) => context.contextId === index.contextAt(place));
    const at = index.at[place];
    if (lane === undefined || at === undefined) continue;
    const x = Math.max(lastX + 15, xOf(scene, at));
    const y = lane.top - scrollTop + (lane.focus ? 71 : lane.height - 6);
    lastX = x;
    draw.fillStyle = palette['text-1'];
    draw.beginPath();
    draw.arc(x, y, 7, 0, Math.PI * 2);
    draw.fill();
    draw.fillStyle = palette.surface;
    draw.fillText(String(i + 1), x, y + 0.5);
  }
  draw.textAlign = 'start';
}

/** The local version of each lane at the moment under the pointer, and how far behind it was. */
function readouts(scene: Scene, visible: readonly LanePlace[], scrollTop: number, at: number, x: number): void {
  const { draw, palette, index, width } = scene;
  const place = index.placeOf(at) - 1;
  draw.font = `11px ${palette.font}`;
  draw.textBaseline = 'middle';
  for (const lane of visible) {
    const track = index.tracks.get(lane.context.contextId);
    const version = track?.local.at(place);
    if (lane.height < 30 || track === undefined || version === undefined) continue;
    const behind = Math.max(0, (track.server.at(place) ?? 0) - version);
    const text = formatCount(version);
    const more = behind > 0 ? ` ${formatBehind(behind)}` : '';
    const wide = draw.measureText(text + more).width + 8;
    const left = x + 6 + wide > width ? x - 6 - wide : x + 6;
    const top = lane.top - scrollTop + 10;
    draw.fillStyle = palette['surface-overlay'];
    draw.fillRect(left, top, wide, 16);
    draw.strokeStyle = palette.line;
    draw.lineWidth = 1;
    draw.strokeRect(left + 0.5, top + 0.5, wide - 1, 15);
    draw.fillStyle = palette.local;
    draw.fillText(text, left + 4, top + 8.5);
    draw.fillStyle = palette.remote;
    draw.fillText(more, left + 4 + draw.measureText(text).width, top + 8.5);
  }
}

function nearest(index: ReturnType<typeof useIndex>['index'], contextId: string, from: number, to: number, at: number, kinds: ReadonlySet<EventKind>): number | null {
  let best: number | null = null;
  for (let place = Math.max(index.unread, index.placeOf(from)); place < index.length && (index.at[place] ?? 0) <= to; place++) {
    if (index.contextAt(place) !== contextId || !kinds.has(index.kindAt(place))) continue;
    // A conflict or an error is what was aimed at, when it is among many.
    const weight = (one: number): number => Math.abs((index.at[one] ?? 0) - at) - (['conflict', 'error', 'migration'].includes(index.kindAt(one)) ? (to - from) / 3 : 0);
    if (best === null || weight(place) < weight(best)) best = place;
  }
  return best;
}
