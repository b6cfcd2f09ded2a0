import { useRef, type PointerEvent, type ReactNode } from 'react';
import { formatClock, formatStretch } from '../../../views/format.ts';
import { useIndex, useInspector } from '../../state/inspector.ts';
import { marksOf, trafficOf } from '../../../views/lane.ts';
import type { EventKind } from '../../../core/events.ts';
import { hatch } from './palette.ts';
import type { LanePlace } from './lane-layout.ts';
import type { TimeWindow } from './time-window.ts';
import { useDrawing, usePalette, useSize } from './use-canvas.ts';

const KINDS: readonly EventKind[] = ['write', 'push', 'delta', 'snapshot', 'lifecycle'];
const ROWS = 6;
const EDGE = 7;

/** The whole recording with the shown window as a brush: drag it to pan, its edges to zoom, double-click for all. */
export function Minimap({ lanes, window: shown }: { lanes: readonly LanePlace[]; window: TimeWindow }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(plot);
  const palette = usePalette(plot);
  const grip = useRef<{ part: 'from' | 'to' | 'both'; x: number; window: TimeWindow } | null>(null);
  const from = index.firstAt;
  const to = Math.max(index.lastAt, from + 1_000);
  const x = (at: number): number => ((at - from) / (to - from)) * width;
  const rows = lanes.slice(0, ROWS);
  useDrawing(canvas, width, height, (draw) => {
    if (palette === null) return;
    const shades = [palette['heat-1'], palette['heat-2'], palette['heat-3'], palette['heat-4'], palette['heat-5']];
    const columns = Math.max(1, Math.floor(width / 5));
    const counts = rows.map((lane) => {
      const track = index.tracks.get(lane.context.contextId);
      return track === undefined ? [] : trafficOf(index, track, KINDS, from, to, columns);
    });
    const most = Math.max(1, ...counts.flat());
    for (const [row, list] of counts.entries()) {
      for (const [column, n] of list.entries()) {
        if (n === 0) continue;
        draw.fillStyle = shades[Math.min(4, Math.floor(Math.sqrt(n / most) * 5))] ?? shades[2] ?? '';
        draw.fillRect((column * width) / columns, 11 + row * 4.6, width / columns + 0.4, 4);
      }
    }
    for (const kind of ['conflict', 'error'] as const) {
      draw.fillStyle = palette[kind];
      for (const { at } of marksOf(index, index, kind, from, to, width, 2)) draw.fillRect(x(at) - 0.75, 3, kind === 'error' ? 3 : 1.5, kind === 'error' ? 9 : 6);
    }
    draw.fillStyle = hatch(draw, palette['text-3'], 5, 1.2, true);
    if (index.unread > 0) draw.fillRect(0, 0, x(index.at[index.unread] ?? from), height);
    for (const gap of index.gaps) draw.fillRect(x(gap.fromAt), 0, Math.max(4, x(gap.toAt) - x(gap.fromAt)), height);
    draw.fillStyle = palette['surface-sunken'];
    draw.globalAlpha = 0.46;
    draw.fillRect(0, 0, x(shown.from), height);
    draw.fillRect(x(shown.to), 0, width, height);
    draw.globalAlpha = 1;
  });
  const timeAt = (event: PointerEvent): number => {
    const rect = plot.current?.getBoundingClientRect();
    return from + ((event.clientX - (rect?.left ?? 0)) / Math.max(1, width)) * (to - from);
  };
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = x(timeAt(event));
    const part = Math.abs(at - x(shown.from)) < EDGE ? 'from' : Math.abs(at - x(shown.to)) < EDGE ? 'to' : 'both';
    const inside = at >= x(shown.from) && at <= x(shown.to);
    const width0 = shown.to - shown.from;
    const start = part !== 'both' || inside ? shown : { from: timeAt(event) - width0 / 2, to: timeAt(event) + width0 / 2 };
    if (start !== shown) inspector.show({ to: start.to, width: width0 });
    grip.current = { part, x: timeAt(event), window: start };
  };
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const held = grip.current;
    if (held === null) return;
    const by = timeAt(event) - held.x;
    const next = { from: held.window.from + (held.part === 'to' ? 0 : by), to: held.window.to + (held.part === 'from' ? 0 : by) };
    if (next.to - next.from > 50) inspector.show({ to: next.to, width: next.to - next.from });
  };
  const left = Math.max(0, x(shown.from));
  return (
    <div className="tl-mini">
      <div className="tl-g hd">
        <span className="a">
          <b>Recording</b>
          <span className="grow" />
          <span className="t3">{formatStretch(to - from)}</span>
        </span>
        <span className="v t3">Events by context</span>
      </div>
      <div
        className="tl-p"
        ref={plot}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => {
          grip.current = null;
        }}
        onDoubleClick={() => inspector.show({ width: 0, to: null })}
      >
        <canvas ref={canvas} aria-hidden="true" style={{ width, height }} />
        <div
          className="brush"
          role="slider"
          tabIndex={0}
          aria-label="View"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(Math.max(0, Math.min(100, (100 * (shown.to - from)) / (to - from))))}
          aria-valuetext={`${formatClock(shown.from)} to ${formatClock(shown.to)}`}
          title="Drag to pan, drag an edge to zoom, double click for all"
          style={{ left, width: Math.max(16, Math.min(width, x(shown.to)) - left) }}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            inspector.show({ width: shown.to - shown.from, to: shown.to + by * (shown.to - shown.from) });
          }}
        >
          <i />
          <i />
        </div>
      </div>
    </div>
  );
}
