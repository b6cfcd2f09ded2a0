import { useEffect, useMemo, useRef } from 'react';
import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import { emulatedSpans } from '../../../views/emulated-spans.ts';
import { exchangesOf, type WireFrame } from '../../../views/exchanges.ts';
import { socketEvents, socketsOf, type SocketPast } from '../../../views/sockets.ts';
import { WireLog } from '../../../views/wire-log.ts';
import { useIndex, useInspector, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead, type Read } from '../../state/use-read.ts';
import type { Emulated } from './frame-filter.ts';

const CONDITIONS_EVERY_MS = 2_000;

/** Frames of the shown moment with what became of each, oldest first. */
export function useWire(): Read<readonly WireFrame[]> & { readonly again: () => void } {
  const inspector = useInspector();
  const { cursor } = useView();
  const { index } = useIndex();
  const place = inspector.place();
  const log = useRef<{ of: unknown; log: WireLog } | null>(null);
  if (log.current?.of !== index) log.current = { of: index, log: new WireLog() };
  const current = log.current.log;
  const read = useRead(`wire ${cursor ?? 'live'}`, (reader) => current.upTo(reader, place));
  const value = useMemo(() => (read.value === null ? null : exchangesOf(read.value)), [read.value]);
  return { ...read, value };
}

/** What the recording tells of the sockets. */
export function useSockets(): readonly SocketPast[] {
  const inspector = useInspector();
  const { cursor } = useView();
  const place = inspector.place();
  const { value } = useRead(`sockets ${cursor ?? 'live'}`, (reader) => socketEvents(reader, place));
  return useMemo(() => socketsOf(value ?? []), [value]);
}

/** Asks the client for frames while `wanted`: they cost it a little each. */
export function useFrames(wanted: boolean): void {
  const inspector = useInspector();
  const { state } = useStore(inspector.session.client);
  useEffect(() => {
    inspector.session.wantFrames(wanted);
    return () => inspector.session.wantFrames(false);
  }, [inspector, state, wanted]);
}

/** How the sockets stand by the client's own word, and what is emulated; asked every two seconds while live. */
export function useConditions(refused: string | null) {
  const inspector = useInspector();
  const { cursor } = useView();
  const live = refused === null && cursor === null;
  const answer = useAnswer(`conditions ${refused ?? ''} ${live}`, live ? () => inspector.session.call('Network.conditions', {}) : null);
  const again = useRef(answer.again);
  again.current = answer.again;
  useEffect(() => {
    if (!live) return undefined;
    const timer = setInterval(() => again.current(), CONDITIONS_EVERY_MS);
    return () => clearInterval(timer);
  }, [live]);
  return answer;
}

/** When the network was emulated, by the recording, and how it is now, by the client. */
export function useEmulated(now: NetworkConditions | null): Emulated {
  const { session } = useInspector();
  const { index } = useIndex();
  const commands = index.ofKind('command').length;
  const { value } = useRead(`emulated ${commands}`, (read) => emulatedSpans(read, session.index.firstAt, Number.POSITIVE_INFINITY), false);
  const key = JSON.stringify(now);
  return useMemo(() => ({ spans: value ?? [], now: JSON.parse(key) as NetworkConditions | null }), [value, key]);
}
