import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import type { Span } from '../../../views/emulated-spans.ts';
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

/** When the network was emulated, and for which contexts where that is known: it is of what is emulated now. */
export interface Emulated {
  readonly spans: readonly Span[];
  readonly now: NetworkConditions | null;
}

function isEmulated({ at, contextId }: WireFrame, { spans, now }: Emulated): boolean {
  const span = spans.findLast(({ from, to }) => at >= from && at <= to);
  if (span === undefined) return false;
  return now === null || span !== spans.at(-1) || (now.contexts?.includes(contextId) ?? true);
}

function isQuick(quick: Quick, frame: WireFrame, emulated: Emulated): boolean {
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
      return isEmulated(frame, emulated);
  }
}

export interface FrameFilter {
  readonly text: string;
  readonly group: string;
  readonly direction: Direction;
  readonly quick: Quick | null;
  readonly hideChatter: boolean;
}

/** The filter as the view keeps it. */
export function filterOf(fields: { readonly [name: string]: string }): FrameFilter {
  const direction = fields['network.direction'];
  return {
    text: fields['network'] ?? '',
    group: fields['network.group'] ?? '',
    direction: direction === 'in' || direction === 'out' ? direction : 'both',
    quick: QUICK.find((one) => one === fields['network.quick']) ?? null,
    hideChatter: fields['network.chatter'] !== 'shown',
  };
}

export interface FrameCounts {
  readonly groups: ReadonlyMap<string, number>;
  readonly quick: ReadonlyMap<Quick, number>;
}

/** How many frames stand behind each chip. */
export function countsOf(all: readonly WireFrame[], emulated: Emulated): FrameCounts {
  const groups = new Map<string, number>();
  for (const frame of all) groups.set(frameGroup(frame), (groups.get(frameGroup(frame)) ?? 0) + 1);
  return { groups, quick: new Map(QUICK.map((quick) => [quick, all.filter((frame) => isQuick(quick, frame, emulated)).length])) };
}

/** The frames that a filter keeps, in their order. */
export function keptFrames(all: readonly WireFrame[], { text, group, direction, quick, hideChatter }: FrameFilter, emulated: Emulated): readonly WireFrame[] {
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
