import type { EventKind } from '../../../core/events.ts';
import type { EventIndex, Track } from '../../../views/event-index.ts';
import { laneOf, marksOf, trafficOf, type Mark, type Point } from '../../../views/lane.ts';
import type { LanePlace } from './lane-layout.ts';
import type { Palette } from './palette.ts';
import { cross, diamond, hexagon, octagon, square, strokeCircle, triangle } from './shapes.ts';
import type { TimeWindow } from './time-window.ts';

export interface Scene {
  readonly draw: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly patterns: { readonly gap: CanvasPattern | string; readonly opening: CanvasPattern | string; readonly closing: CanvasPattern | string };
  readonly index: EventIndex;
  readonly window: TimeWindow;
  readonly width: number;
  readonly kinds: ReadonlySet<EventKind>;
}

export const xOf = ({ window, width }: Pick<Scene, 'window' | 'width'>, at: number): number => ((at - window.from) / (window.to - window.from)) * width;

/** More events than this per pixel of a lane are drawn as heat. */
const DENSE = 0.16;
const HEAT_COLUMN = 5;
const RARE: readonly EventKind[] = ['snapshot', 'migration', 'prune', 'forget', 'replay', 'error', 'stale', 'clock', 'command'];
const TRAFFIC: readonly EventKind[] = ['push', 'delta', 'result', 'write', 'frame'];

export function drawLane(scene: Scene, lane: LanePlace, track: Track | undefined, top: number): void {
  const { draw, palette, index, window, width } = scene;
  draw.fillStyle = palette['line-faint'];
  draw.fillRect(0, top + lane.height - 1, width, 1);
  if (track === undefined) return;
  const shapes = laneOf(index, track, window.from, window.to, width);
  const low = lane.height < 30;
  const bandTop = top + (low ? Math.max(2, lane.height / 2 - 4) : 3);
  bands(scene, lane, shapes.bands, shapes.offline, bandTop, low);
  if (!low && scene.kinds.size > 0) staircase(scene, shapes, top + (lane.focus ? 16 : 11), lane.focus ? 58 : 17);
  if (lane.height >= 14) marks(scene, lane, track, top, low);
}

function bands(scene: Scene, lane: LanePlace, list: readonly { readonly from: number; readonly to: number; readonly state: string }[], offline: readonly { readonly from: number; readonly to: number }[], top: number, low: boolean): void {
  const { draw, palette, patterns } = scene;
  const colour = lane.context.row.kind === 'ambient' ? palette.ambient : palette.active;
  for (const band of list) {
    const x = xOf(scene, band.from);
    const wide = Math.max(0.5, xOf(scene, band.to) - x);
    switch (band.state) {
      case 'dormant':
        draw.fillStyle = palette['line-strong'];
        draw.globalAlpha = 0.7;
        draw.fillRect(x, top + 3, wide, 1);
        draw.globalAlpha = 1;
        break;
      case 'pruned':
        draw.fillStyle = palette['text-3'];
        for (let at = x; at < x + wide; at += 5) draw.fillRect(at, top + 3, Math.min(3, x + wide - at), 1);
        break;
      case 'active':
        draw.fillStyle = colour;
        draw.fillRect(x, top, wide, low ? 4 : 6);
        break;
      default: {
        const opening = band.state === 'activating';
        const least = Math.max(6, wide);
        const left = Math.min(x, scene.width - least);
        draw.fillStyle = palette.surface;
        draw.fillRect(left, top, least, 6);
        draw.fillStyle = opening ? patterns.opening : patterns.closing;
        draw.fillRect(left, top, least, 6);
        draw.strokeStyle = opening ? palette.activating : palette.deactivating;
        draw.lineWidth = 1;
        draw.strokeRect(left + 0.5, top + 0.5, least - 1, 5);
      }
    }
  }
  for (const { from, to } of offline) {
    const x = xOf(scene, from);
    const wide = xOf(scene, to) - x;
    draw.fillStyle = palette.surface;
    draw.fillRect(x, top, wide, 6);
    draw.strokeStyle = colour;
    draw.lineWidth = 1;
    draw.strokeRect(x + 0.5, top + 0.5, Math.max(1, wide - 1), 5);
  }
}

function staircase(scene: Scene, { local, server, low, high }: { readonly local: readonly Point[]; readonly server: readonly Point[]; readonly low: number; readonly high: number }, top: number, height: number): void {
  const { draw, palette, width } = scene;
  const span = Math.max(4, high - low);
  const y = (value: number): number => top + height - ((value - low) / span) * height;
  const trace = (points: readonly Point[], start: 'move' | 'line'): void => {
    for (const [i, { at, value }] of points.entries()) {
      const x = xOf(scene, at);
      if (i === 0) {
        if (start === 'move') draw.moveTo(x, y(value));
        else draw.lineTo(x, y(value));
      } else {
        draw.lineTo(x, y(points[i - 1]?.value ?? value));
        draw.lineTo(x, y(value));
      }
    }
  };
  const lastLocal = local.at(-1);
  const lastServer = server.at(-1);
  if (lastLocal === undefined) return;
  if (lastServer !== undefined) {
    // The area between: what this device has still to take in.
    draw.beginPath();
    trace(server, 'move');
    draw.lineTo(width, y(lastServer.value));
    draw.lineTo(width, y(lastLocal.value));
    const back = local.toReversed();
    for (const [i, { at, value }] of back.entries()) {
      draw.lineTo(xOf(scene, at), y(value));
      const before = back[i + 1];
      if (before !== undefined) draw.lineTo(xOf(scene, at), y(before.value));
    }
    draw.closePath();
    draw.globalAlpha = 0.3;
    draw.fillStyle = palette.remote;
    draw.fill();
    draw.globalAlpha = 1;
    draw.beginPath();
    trace(server, 'move');
    draw.lineTo(width, y(lastServer.value));
    draw.setLineDash([3, 2.5]);
    draw.strokeStyle = palette.remote;
    draw.lineWidth = 1.25;
    draw.stroke();
    draw.setLineDash([]);
  }
  draw.beginPath();
  trace(local, 'move');
  draw.lineTo(width, y(lastLocal.value));
  draw.strokeStyle = palette.local;
  draw.lineWidth = 1.5;
  draw.stroke();
}

function marks(scene: Scene, lane: LanePlace, track: Track, top: number, low: boolean): void {
  const { index, window, width, kinds, draw, palette } = scene;
  const at = (mark: Mark): number => xOf(scene, mark.at);
  const bottom = top + lane.height;
  if (lane.focus) focusRows(scene, track, top);
  else if (!low) {
    const traffic = TRAFFIC.filter((kind) => kinds.has(kind));
    const from = index.placeOf(window.from);
    const to = index.placeOf(window.to);
    const n = traffic.reduce((sum, kind) => sum + index.countIn(track.ofKind(kind), from, to), 0);
    if (n > width * DENSE) heat(scene, trafficOf(index, track, traffic, window.from, window.to, Math.ceil(width / HEAT_COLUMN)), bottom - 8);
    else {
      for (const kind of ['push', 'delta'] as const) {
        if (!kinds.has(kind)) continue;
        draw.fillStyle = kind === 'push' ? palette.push : palette.delta;
        for (const mark of marksOf(index, track, kind, window.from, window.to, width, 2)) triangle(draw, at(mark), bottom - 5, 3, kind === 'push');
      }
    }
  }
  if (kinds.has('conflict') && !lane.focus) {
    const y = low ? top + lane.height / 2 : bottom - 14;
    draw.fillStyle = palette.conflict;
    draw.font = `500 11px ${palette.font}`;
    draw.textBaseline = 'middle';
    for (const mark of marksOf(index, track, 'conflict', window.from, window.to, width, 20)) {
      diamond(draw, at(mark), y, low ? 3.5 : 4.5);
      if (mark.count > 1 && !low) draw.fillText(String(mark.count), at(mark) + 6, y + 0.5);
    }
  }
  for (const kind of RARE) {
    if (!kinds.has(kind)) continue;
    for (const mark of marksOf(index, track, kind, window.from, window.to, width, 10)) rare(scene, kind, at(mark), low ? top + lane.height / 2 : bottom - 13);
  }
}

function heat({ draw, palette, width }: Scene, columns: readonly number[], top: number): void {
  const most = Math.max(1, ...columns);
  const shades = [palette['heat-1'], palette['heat-2'], palette['heat-3'], palette['heat-4'], palette['heat-5']];
  const wide = width / columns.length;
  for (const [i, n] of columns.entries()) {
    if (n === 0) continue;
    draw.fillStyle = shades[Math.min(4, Math.floor(Math.sqrt(n / most) * 5))] ?? palette['heat-3'];
    draw.fillRect(i * wide, top, wide + 0.4, 6);
  }
}

function rare({ draw, palette }: Scene, kind: EventKind, x: number, y: number): void {
  draw.fillStyle = palette.surface;
  draw.fillRect(x - 5.5, y - 5.5, 11, 11);
  switch (kind) {
    case 'snapshot':
    case 'replay':
      draw.fillStyle = palette.snapshot;
      square(draw, x, y, 3.2);
      return;
    case 'migration':
      draw.fillStyle = palette.migration;
      hexagon(draw, x, y, 4.2);
      return;
    case 'error':
      draw.fillStyle = palette.error;
      octagon(draw, x, y, 4.4, palette.surface);
      return;
    case 'prune':
    case 'forget':
      draw.strokeStyle = kind === 'prune' ? palette.prune : palette.error;
      cross(draw, x, y, 3);
      return;
    case 'stale':
      draw.strokeStyle = palette['text-2'];
      strokeCircle(draw, x, y, 3.6);
      return;
    default:
      draw.fillStyle = kind === 'command' ? palette.accent : palette.migration;
      draw.fillRect(x - 1, y - 4.5, 2, 9);
  }
}

/** Zoomed in: what went out, what came in, and what the core decided, one row each. */
function focusRows(scene: Scene, track: Track, top: number): void {
  const { draw, palette, index, window, width, kinds } = scene;
  draw.font = `11px ${palette.font}`;
  draw.textBaseline = 'middle';
  if (kinds.has('push')) {
    for (const mark of marksOf(index, track, 'result', window.from, window.to, width, 1)) {
      const ms = Math.max(0, index.ms[mark.place] ?? 0);
      const x = xOf(scene, mark.at - ms);
      const wide = Math.max(3, xOf(scene, mark.at) - x);
      draw.fillStyle = palette['push-tint'];
      draw.fillRect(x, top + 82, wide, 14);
      draw.strokeStyle = palette.push;
      draw.lineWidth = 1;
      draw.strokeRect(x + 0.5, top + 82.5, Math.max(1, wide - 1), 13);
      if (wide > 40) {
        draw.fillStyle = palette.push;
        draw.fillText('PUSH', x + 4, top + 89.5);
      }
    }
  }
  const tick = (kind: EventKind, y: number, colour: string): void => {
    draw.fillStyle = colour;
    for (const mark of marksOf(index, track, kind, window.from, window.to, width, 1)) draw.fillRect(xOf(scene, mark.at) - 1.5, y, 3, 12);
  };
  if (kinds.has('delta')) tick('delta', top + 105, palette.delta);
  if (kinds.has('result')) tick('result', top + 105, palette.push);
  if (kinds.has('conflict')) {
    draw.fillStyle = palette.conflict;
    for (const mark of marksOf(index, track, 'conflict', window.from, window.to, width, 1)) diamond(draw, xOf(scene, mark.at), top + 133, 5);
  }
}
