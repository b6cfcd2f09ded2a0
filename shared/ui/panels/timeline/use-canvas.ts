import { useEffect, useRef, useState, type RefObject } from 'react';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { readPalette, type Palette } from './palette.ts';

/** The size of an element, kept as it changes. */
export function useSize<T extends HTMLElement>(ref: RefObject<T | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/** The colours of the theme that is on, read again when it changes. */
export function usePalette(ref: RefObject<HTMLElement | null>): Palette | null {
  const inspector = useInspector();
  const { theme } = useStore(inspector.settings);
  const [palette, setPalette] = useState<Palette | null>(null);
  useEffect(() => {
    const read = (): void => {
      if (ref.current !== null) setPalette(readPalette(ref.current));
    };
    read();
    const media = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    media.addEventListener('change', read);
    return () => {
      observer.disconnect();
      media.removeEventListener('change', read);
    };
  }, [ref, theme]);
  return palette;
}

/** Draws once per frame at most, at the sharpness of the screen. */
export function useDrawing(ref: RefObject<HTMLCanvasElement | null>, width: number, height: number, paint: (draw: CanvasRenderingContext2D) => void): void {
  const latest = useRef(paint);
  latest.current = paint;
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const canvas = ref.current;
      const draw = canvas?.getContext('2d') ?? null;
      if (canvas === null || draw === null || width === 0 || height === 0) return;
      const ratio = globalThis.devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      draw.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw.clearRect(0, 0, width, height);
      latest.current(draw);
    });
    return () => cancelAnimationFrame(frame);
  });
}
