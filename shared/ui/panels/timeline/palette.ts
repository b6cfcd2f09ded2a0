// A canvas cannot read custom properties: each role's colour is asked of the browser once per theme.

const ROLES = ['surface', 'surface-bar', 'surface-sunken', 'surface-overlay', 'line', 'line-faint', 'line-strong', 'text-1', 'text-2', 'text-3', 'active', 'activating', 'deactivating', 'ambient', 'local', 'remote', 'push', 'push-tint', 'delta', 'conflict', 'snapshot', 'migration', 'error', 'prune', 'pending', 'accent', 'heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5'] as const;
export type Role = (typeof ROLES)[number];
export type Palette = { readonly [role in Role]: string } & { readonly font: string };

export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const style = getComputedStyle(probe);
  const colours = Object.fromEntries(
    ROLES.map((role) => {
      probe.style.color = `var(--${role})`;
      return [role, style.color];
    }),
  ) as { [role in Role]: string };
  const font = getComputedStyle(element).fontFamily;
  probe.remove();
  return { ...colours, font };
}

/** Stripes: gaps, stretches without a connection, and the opening and closing of a context. */
export function hatch(context: CanvasRenderingContext2D, colour: string, apart: number, width: number, rising: boolean): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const ratio = 2;
  tile.width = apart * ratio;
  tile.height = apart * ratio;
  const draw = tile.getContext('2d');
  if (draw === null) return colour;
  draw.scale(ratio, ratio);
  draw.strokeStyle = colour;
  draw.lineWidth = width;
  for (const shift of [-apart, 0, apart]) {
    draw.beginPath();
    draw.moveTo(rising ? shift : shift, rising ? apart : 0);
    draw.lineTo(rising ? shift + apart : shift + apart, rising ? 0 : apart);
    draw.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? colour;
}
