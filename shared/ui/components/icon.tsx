import type { ReactNode } from 'react';
import { FILLED_ICONS, LINE_ICONS, type IconName } from './icons.tsx';

const isLine = (name: IconName): name is keyof typeof LINE_ICONS => Object.hasOwn(LINE_ICONS, name);

/** A sign in the colour of the text around it. Without a label it is decoration; a label makes it an image with that name. */
export function Icon({ name, className = '', label }: { name: IconName; className?: string; label?: string }): ReactNode {
  const size = /^(?:ev|lc)-/.test(name) && name !== 'ev-prune' ? 12 : 16;
  const said = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <svg className={`i i-${name} ${className}`} viewBox={`0 0 ${size} ${size}`} {...said}>
      {isLine(name) ? <g className="i-line">{LINE_ICONS[name]}</g> : FILLED_ICONS[name]}
    </svg>
  );
}
