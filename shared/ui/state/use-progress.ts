import { useEffect, useState } from 'react';
import { formatCount } from '../../views/format.ts';
import { useInspector } from './inspector.ts';
import type { Progress } from './session.ts';
import { useStore } from './store.ts';

const TICK_MS = 250;

/** In percent; null where the client does not tell how much there is. */
export const partOf = (now: Progress | undefined): number | null => (now?.total === undefined || now.total === 0 ? null : Math.min(100, Math.round((100 * now.done) / now.total)));

/** `40%`, or what is done where the whole is not known, behind the client's own words. What is counted differs from command to command. */
export const progressText = (now: Progress): string => `${now.text ?? ''} ${now.total === undefined ? formatCount(now.done) : `${partOf(now) ?? 0}%`}`.trim();

/** DB6: how far a command is, when the client tells, and for how long it has run, in ms. */
export function useProgress(commandId: string, since: number): { readonly now: Progress | undefined; readonly part: number | null; readonly elapsed: number } {
  const { session } = useInspector();
  const now = useStore(session.progress).get(commandId);
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return { now, part: partOf(now), elapsed: Date.now() - since };
}
