import { useEffect, useState, type RefObject } from 'react';

const NEAR_PX = 44;

/** True while a person has scrolled away from the newest row; a `jump` brings the list back there. */
export function useAway(box: RefObject<HTMLElement | null>, jump: number): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    setAway(false);
    const onScroll = ({ target }: Event): void => {
      if (target instanceof HTMLElement) setAway(target.scrollHeight - target.scrollTop - target.clientHeight > NEAR_PX);
    };
    element.addEventListener('scroll', onScroll, { capture: true, passive: true });
    return () => element.removeEventListener('scroll', onScroll, { capture: true });
  }, [box, jump]);
  return away;
}
