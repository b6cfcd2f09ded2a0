import { useEffect, useState } from 'react';

/** Counts seconds, and draws again with each: for what counts down. */
export function useTick(): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return tick;
}
