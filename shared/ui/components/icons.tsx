import type { ReactNode } from 'react';

// Drawn on 16 (lifecycle and event signs: 12) units, in the colour of the text around them.

/** Shapes that are drawn as a line; the others are filled. */
export const LINE_ICONS = {
  'chev-down': <path d="M4 6l4 4 4-4" />,
  'chev-right': <path d="M6 4l4 4-4 4" />,
  'chev-left': <path d="M10 4L6 8l4 4" />,
  'chev-up': <path d="M4 10l4-4 4 4" />,
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14 14" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  check: <path d="M3 8.5l3.2 3.2L13 4.6" />,
  settings: (
    <>
      <circle cx="8" cy="8" r="2.1" />
      <path d="M8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6l1.4 1.4M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4" />
    </>
  ),
  help: <><circle cx="8" cy="8" r="6.2" /><path d="M6.2 6.3a1.9 1.9 0 1 1 2.7 1.8c-.6.3-.9.7-.9 1.3M8 11.5v.1" /></>,
  tab: <><rect x="1.8" y="3" width="12.4" height="10" rx="1.5" /><path d="M1.8 6h12.4M6.5 3v3" /></>,
  phone: <><rect x="4.5" y="1.6" width="7" height="12.8" rx="1.5" /><path d="M7.2 12.2h1.6" /></>,
  server: (
    <>
      <rect x="2" y="2.5" width="12" height="4.5" rx="1" />
      <rect x="2" y="9" width="12" height="4.5" rx="1" />
      <path d="M4.5 4.8h.1M4.5 11.3h.1" />
    </>
  ),
  file: <path d="M9 1.8H4.3c-.5 0-.8.3-.8.8v10.8c0 .5.3.8.8.8h7.4c.5 0 .8-.3.8-.8V5.3zM9 1.8v3.5h3.5" />,
  power: <path d="M8 1.8v5.6M4.7 4.2a5.2 5.2 0 1 0 6.6 0" />,
  replay: <path d="M2.8 8a5.2 5.2 0 1 0 1.6-3.7M2.6 2.4v2.7h2.7" />,
  prune: <><circle cx="4" cy="4.2" r="1.9" /><circle cx="4" cy="11.8" r="1.9" /><path d="M5.6 5.4L13.5 12M5.6 10.6L13.5 4" /></>,
  trash: <path d="M2.8 4.3h10.4M6 4.3V2.6h4v1.7M4.2 4.3l.6 9h6.4l.6-9M6.7 7v3.8M9.3 7v3.8" />,
  verify: <path d="M8 1.7l5.3 2v4c0 3.2-2.2 5.4-5.3 6.6C4.9 13.1 2.7 10.9 2.7 7.7v-4zM5.6 8l1.8 1.8 3.1-3.3" />,
  filter: <path d="M2 3.5h12L9.5 8.6v4.2l-3 1.2V8.6z" />,
  columns: <><rect x="2" y="3" width="12" height="10" rx="1" /><path d="M6 3v10M10 3v10" /></>,
  download: <path d="M8 2.2v7.6M4.8 6.8L8 10l3.2-3.2M2.8 13.4h10.4" />,
  upload: <path d="M8 10V2.4M4.8 5.4L8 2.2l3.2 3.2M2.8 13.4h10.4" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
      <path d="M10.5 5.5V3.3c0-.5-.3-.8-.8-.8H3.3c-.5 0-.8.3-.8.8v6.4c0 .5.3.8.8.8h2.2" />
    </>
  ),
  external: <path d="M6.5 3H3v10h10V9.5M9 2.5h4.5V7M13.2 2.8L7.5 8.5" />,
  code: <path d="M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5" />,
  db: (
    <>
      <ellipse cx="8" cy="3.8" rx="5.2" ry="2" />
      <path d="M2.8 3.8v8.4c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2V3.8M2.8 8c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2" />
    </>
  ),
  clock: <><circle cx="8" cy="8" r="6.2" /><path d="M8 4.5V8l2.4 1.6" /></>,
  link: (
    <path d="M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.4-2.4a2.6 2.6 0 1 0-3.7-3.7l-1 1M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.2 9.1a2.6 2.6 0 1 0 3.7 3.7l1-1" />
  ),
  alert: <path d="M8 2.2L14.5 13.5h-13zM8 6.5v3.3M8 11.6v.1" />,
  info: <><circle cx="8" cy="8" r="6.2" /><path d="M8 7.3v3.9M8 4.9v.1" /></>,
  lock: <><rect x="3.2" y="7" width="9.6" height="7" rx="1.2" /><path d="M5.3 7V4.8a2.7 2.7 0 0 1 5.4 0V7" /></>,
  pin: <path d="M9.7 1.8l4.5 4.5-2 .6-2.6 2.6-.4 2.7-5.4-5.4 2.7-.4 2.6-2.6zM5.8 10.2L2 14" />,
  eye: <><path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z" /><circle cx="8" cy="8" r="2" /></>,
  'eye-off': (
    <path d="M2.5 2.5l11 11M6.2 3.8A6.3 6.3 0 0 1 8 3.5C12 3.5 14.5 8 14.5 8a12 12 0 0 1-2 2.5M9.5 9.5A2 2 0 0 1 6.5 6.5M4 5.2A11 11 0 0 0 1.5 8S4 12.5 8 12.5c1 0 1.9-.3 2.7-.7" />
  ),
  offline: <path d="M2 2l12 12M3.2 6.6A8 8 0 0 1 5.5 5M12.8 6.6A8 8 0 0 0 8 4.3M5.2 9.2A4.5 4.5 0 0 1 7.4 8M8 12.6v.1" />,
  wifi: <path d="M1.8 6a9 9 0 0 1 12.4 0M4 8.6a5.7 5.7 0 0 1 8 0M6.1 11a2.7 2.7 0 0 1 3.8 0M8 13.2v.1" />,
  'split-h': <><rect x="2" y="2.5" width="12" height="11" rx="1.2" /><path d="M2 8.5h12" /></>,
  'split-v': <><rect x="2" y="2.5" width="12" height="11" rx="1.2" /><path d="M9.5 2.5v11" /></>,
  fit: <path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3M5 8h6" />,
  table: <><rect x="2" y="3" width="12" height="10" rx="1" /><path d="M2 6.3h12M2 9.7h12M7 6.3V13" /></>,
  chart: <path d="M2.5 2.5v11h11M5 10.5l2.5-3 2 1.7L13 4.8" />,
  branch: (
    <>
      <circle cx="4.5" cy="3.7" r="1.7" />
      <circle cx="4.5" cy="12.3" r="1.7" />
      <circle cx="11.5" cy="5.7" r="1.7" />
      <path d="M4.5 5.4v5.2M11.5 7.4c0 2.2-2.5 2.6-5.2 3.2" />
    </>
  ),
  test: <path d="M5.5 2h5M6.5 2v4.2L2.8 12.4c-.4.8 0 1.6.9 1.6h8.6c.9 0 1.3-.8.9-1.6L9.5 6.2V2M4.8 9.5h6.4" />,
  edit: <path d="M10.8 2.7l2.5 2.5-7.6 7.6-3.2.7.7-3.2z" />,
  star: <path d="M8 1.9l1.9 3.9 4.2.6-3.1 3 .8 4.2L8 11.6l-3.8 2 .8-4.2-3.1-3 4.2-.6z" />,
  arrow: <path d="M2.5 8h11M9.5 4l4 4-4 4" />,
  swap: <path d="M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3" />,
  'ev-prune': <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" strokeWidth="2.6" />,
  'rp-ne': <path d="M3 6h10M3 10h10M11 2.5L5 13.5" />,
  'ev-stale': <><circle cx="6" cy="6" r="4.6" /><path d="M2.8 9.2L9.2 2.800" /></>,
  'ev-frame': <path d="M1.500 3.500h9v5h-9z" />,
} as const satisfies { readonly [name: string]: ReactNode };

export const FILLED_ICONS = {
  more: <><circle cx="3" cy="8" r="1.3" /><circle cx="8" cy="8" r="1.3" /><circle cx="13" cy="8" r="1.3" /></>,
  play: <path d="M4.5 2.8v10.4L13 8z" />,
  pause: <path d="M4 3h3v10H4zM9 3h3v10H9z" />,
  'step-fwd': <path d="M4 3l6.5 5L4 13zM11 3h1.6v10H11z" />,
  'step-back': <path d="M12 3L5.5 8 12 13zM3.4 3H5v10H3.4z" />,
  first: <path d="M13.5 3L8 8l5.5 5zM8 3L2.5 8 8 13z" />,
  last: <path d="M2.5 3L8 8l-5.5 5zM8 3l5.5 5L8 13z" />,
  drag: (
    <>
      <circle cx="6" cy="4" r="1" />
      <circle cx="10" cy="4" r="1" />
      <circle cx="6" cy="8" r="1" />
      <circle cx="10" cy="8" r="1" />
      <circle cx="6" cy="12" r="1" />
      <circle cx="10" cy="12" r="1" />
    </>
  ),
  'ev-delta': <path d="M1.2 2.8h9.6L6 10z" />,
  'ev-push': <path d="M1.2 9.2h9.6L6 2z" />,
  'ev-snapshot': <path d="M2 2h8v8H2z" />,
  'ev-conflict': <path d="M6 .8L11.2 6 6 11.2.8 6z" />,
  'ev-migration': <path d="M6 .8l4.5 2.6v5.2L6 11.2 1.5 8.6V3.4z" />,
  'ev-error': <path fillRule="evenodd" d="M3.7.8h4.6l2.9 2.9v4.6l-2.9 2.9H3.7L.8 8.3V3.7zM5.3 2.8h1.4v3.7H5.3zM5.3 7.7h1.4v1.4H5.3z" />,
  'ev-lifecycle': <path d="M5 1h2v10H5z" />,
  'lc-dormant': <circle cx="6" cy="6" r="3.9" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  'lc-activating': <><circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.3" /><path d="M6 3.3L8.5 7.5h-5z" /></>,
  'lc-active': <circle cx="6" cy="6" r="4.7" />,
  'lc-deactivating': (
    <>
      <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <path d="M6 8.7L8.5 4.5h-5z" />
    </>
  ),
  'lc-pruned': <circle cx="6" cy="6" r="4.1" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.1 2.193" />,
  'lc-error': <path fillRule="evenodd" d="M3.7.8h4.6l2.9 2.9v4.6l-2.9 2.9H3.7L.8 8.3V3.7zM5.3 2.8h1.4v3.7H5.3zM5.3 7.7h1.4v1.4H5.3z" />,
  'lc-ambient': (
    <>
      <path d="M6 .9l5 5.1-5 5.1L1 6z" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <circle cx="6" cy="6" r="1.7" />
    </>
  ),
} as const satisfies { readonly [name: string]: ReactNode };

export type IconName = keyof typeof LINE_ICONS | keyof typeof FILLED_ICONS;
