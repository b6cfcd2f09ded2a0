import { createRoot } from 'react-dom/client';
import { App } from '../../../shared/ui/app.tsx';
import { browserFiles } from '../../../shared/ui/browser-parts.ts';
import { workerDb } from '../../../shared/ui/state/worker-db.ts';
import { scriptedHost } from '../../../shared/ui/testing/scripted-host.ts';

// The page on a scripted client, with no hub and no server: `?mode=observe`, `?empty`, `?hostile`, `?now=MS`.

const params = new URLSearchParams(location.search);
const now = params.get('now');
const host = scriptedHost(workerDb, {
  location: location.hash.replace(/^#/, '') || 'client=k-rounds',
  mode: params.get('mode') === 'observe' ? 'observe' : 'control',
  empty: params.has('empty'),
  hostile: params.has('hostile'),
  ...(now === null ? {} : { now: Number(now) }),
});
Object.assign(globalThis, { scripted: host.hub });
const theme = params.get('theme');
const page = { ...host, files: browserFiles };
const shown = theme === 'light' || theme === 'dark' ? { ...page, theme: { get: () => theme, listen: () => () => undefined } as const } : page;
createRoot(document.getElementById('root') as HTMLElement).render(<App host={shown} />);
