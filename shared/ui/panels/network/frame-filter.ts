import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { frameGroup, isChatter } from '../../../views/frames.ts';
import type { IconName } from '../../components/icons.tsx';
import { isSlow } from './frame-words.ts';

export type Direction = 'both' | 'out' | 'in';

export const QUICK = ['errors', 'stale', 'slow', 'open', 'emulated'] as const;
export type Quick = (typeof QUICK)[number];

export const QUICK_CHIPS: { readonly [quick in Quick]: { readonly label: string; readonly icon: IconName; readonly tone: string; readonly className: string } } = {
  errors: { label: 'Errors', icon: 'ev-error', tone: 'c-error', className: 'p2' },
  stale: { label: 'Dropped, stale', icon: 'ev-stale', tone: 'c-error', className: 'p2' },
  slow: { label: 'Slow', icon: 'clock', tone: 'c-pending', className: 'p3' },
  open: { label: 'Unanswered', icon: 'ev-push', tone: 'c-pending', className: 'p3' },
  emulated: { label: 'Emulated', icon: 'wifi', tone: 'c-conflict', className: 'p4' },
};

/** The network as it is emulated now, and since when: known while a client is attached. */
export interface EmulatedFrom {
  readonly conditions: NetworkConditions;
  readonly place: number;
}

export function isQuick(quick: Quick, frame: WireFrame, emulated: EmulatedFrom | null): boolean {
  switch (quick) {
    case 'errors':
      return frame.type === 'ERROR' || frame.state === 'refused' || frame.state === 'lost';
    case 'stale':
      return frame.state === 'stale';
    case 'slow':
      return isSlow(frame);
    case 'open':
      return frame.isOpen;
    case 'emulated':
      return emulated !== null && frame.place > emulated.place && (emulated.conditions.contexts?.includes(frame.contextId) ?? true);
  }
}

export interface FrameFilter {
  readonly text: string;
  readonly group: string;
  readonly direction: Direction;
  readonly quick: Quick | null;
  readonly hideChatter: boolean;
}

/** The frames that a filter keeps, in their order. */
export function keptFrames(all: readonly WireFrame[], { text, group, direction, quick, hideChatter }: FrameFilter, emulated: EmulatedFrom | null): readonly WireFrame[] {
  const terms = parseFilter(text);
  return all.filter(
    (frame) =>
      !(hideChatter && isChatter(frame.type)) &&
      (group === '' || frameGroup(frame) === group) &&
      (direction === 'both' || frame.direction === direction) &&
      (quick === null || isQuick(quick, frame, emulated)) &&
      matches(terms, fieldsOf(frame), `${frame.type} ${frame.contextId} ${frame.activationId} ${frame.status}`),
  );
}

const fieldsOf = (frame: WireFrame) => (key: string): string | number | undefined =>
  ({
    type: frame.type,
    context: frame.contextId,
    activation: frame.activationId,
    direction: frame.direction === 'out' ? 'sent out' : 'received in',
    status: frame.status,
    rule: frame.rule,
    code: frame.code,
    bytes: frame.bytes,
    changes: frame.changes ?? 0,
    latency: frame.latencyMs ?? 0,
    version: frame.toVersion ?? 0,
    seq: frame.seq,
  })[key];

/** The next frame of the exchange; past its end the first of the next exchange. */
export function stepByExchange(shown: readonly WireFrame[], selected: string, by: 1 | -1): WireFrame | undefined {
  const here = shown.findIndex(({ place }) => String(place) === selected);
  const current = shown[here];
  if (current === undefined) return by > 0 ? shown[0] : shown.at(-1);
  const kin = shown.filter(({ exchange }) => exchange === current.exchange);
  const within = kin[kin.indexOf(current) + by];
  if (within !== undefined) return within;
  const first = (frame: WireFrame): boolean => shown.find(({ exchange }) => exchange === frame.exchange) === frame;
  const begins = shown.indexOf(kin[0] ?? current);
  if (by > 0) return shown.find((frame, at) => at > begins && frame.exchange !== current.exchange && first(frame));
  const before = shown.findLast((frame, at) => at < begins && first(frame));
  return before === undefined ? undefined : shown.findLast(({ exchange }) => exchange === before.exchange);
}
