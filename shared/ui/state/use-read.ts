import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../../base/app-error.ts';
import type { Reader } from '../../views/reader.ts';
import { useInspector } from './inspector.ts';
import { useStore } from './store.ts';

/** How often a query on a growing recording runs again at most, in ms. */
const AGAIN_AFTER_MS = 400;
/** And no oftener than one part in so many of the time: a heavy one runs less often. */
const SHARE = 20;

export type Read<T> = { readonly value: T | null; readonly error: string | null; readonly loading: boolean };

/**
 * A query on the recording: again when `key` changes, and while live when events came. The last value stays until the next one is there,
 * so that nothing blinks.
 */
export function useRead<T>(key: string, query: (read: Reader) => Promise<T>, live = true): Read<T> & { readonly again: () => void } {
  const { session } = useInspector();
  const revision = useStore(session.revision);
  const [state, setState] = useState<Read<T> & { key: string }>({ value: null, error: null, loading: true, key });
  const [asked, setAsked] = useState(0);
  const latest = useRef(query);
  latest.current = query;
  const lastRun = useRef(0);
  const turn = useRef(0);
  const took = useRef(0);
  const tick = live ? revision : 0;
  useEffect(() => {
    const mine = ++turn.current;
    const run = (): void => {
      const start = performance.now();
      lastRun.current = start;
      latest.current(session.db.all).then(
        (value) => {
          took.current = performance.now() - start;
          if (mine === turn.current) setState({ value, error: null, loading: false, key });
        },
        (thrown: unknown) => {
          if (mine === turn.current) setState((before) => ({ value: before.key === key ? before.value : null, error: messageOf(thrown), loading: false, key }));
        },
      );
    };
    const wait = Math.max(0, Math.min(5_000, Math.max(AGAIN_AFTER_MS, took.current * SHARE)) - (performance.now() - lastRun.current));
    if (wait === 0 || tick === 0) {
      run();
      return undefined;
    }
    const timer = setTimeout(run, wait);
    return () => clearTimeout(timer);
  }, [key, tick, asked, session]);
  return { ...state, again: () => setAsked((n) => n + 1) };
}

/** An answer of the client, asked for again when `key` changes, or `moved`: then the same is asked anew, and the old answer stays until the new one is there. */
export function useAnswer<T>(key: string, ask: (() => Promise<T>) | null, moved: string | number = 0): Read<T> & { readonly again: () => void } {
  const [state, setState] = useState<Read<T> & { key: string }>({ value: null, error: null, loading: true, key: '' });
  const [asked, setAsked] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const call = latest.current;
    if (call === null) {
      setState({ value: null, error: null, loading: false, key });
      return undefined;
    }
    let current = true;
    setState((before) => ({ value: before.key === key ? before.value : null, error: null, loading: true, key }));
    call().then(
      (value) => {
        if (current) setState({ value, error: null, loading: false, key });
      },
      (thrown: unknown) => {
        if (current) setState((before) => ({ ...before, error: messageOf(thrown), loading: false, key }));
      },
    );
    return () => {
      current = false;
    };
  }, [key, moved, asked]);
  return { ...state, again: () => setAsked((n) => n + 1) };
}
