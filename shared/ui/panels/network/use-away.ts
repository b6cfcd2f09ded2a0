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
    // What a person turns up counts at once: a row that comes before the list has moved would take it back to the end.
    const onWheel = ({ target, deltaY }: WheelEvent): void => {
      const list = target instanceof Element ? target.closest('.scroll') : null;
      if (deltaY < 0 && list !== null && list.scrollTop > 0) setAway(true);
    };
    element.addEventListener('scroll', onScroll, { capture: true, passive: true });
    element.addEventListener('wheel', onWheel, { passive: true });
    return () => {
      element.removeEventListener('scroll', onScroll, { capture: true });
      element.removeEventListener('wheel', onWheel);
    };
  }, [box, jump]);
  return away;
}
