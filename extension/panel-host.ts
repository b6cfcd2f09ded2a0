import { browserFiles, browserStorage, copyText } from '../shared/ui/browser-parts.ts';
import type { Host, Theme } from '../shared/ui/host.ts';
import { hubDoor } from '../shared/ui/hub-door.ts';
import { socketChannel } from '../shared/ui/socket-channel.ts';
import { workerDb } from '../shared/ui/state/worker-db.ts';

const ADDRESS = 'contextscope.hub';
const VIEW = 'contextscope.view';
const DEFAULT_ADDRESS = '127.0.0.1:9339';

/** The panel of the DevTools, or the same page as a tab: the hub is where a person says it is. */
export function panelHost(): Host {
  const panels = typeof chrome === 'undefined' ? undefined : chrome.devtools?.panels;
  const address = browserStorage.get(ADDRESS) ?? DEFAULT_ADDRESS;
  const door = hubDoor(`http://${address}/`, browserStorage, null);
  return {
    kind: panels === undefined ? 'page' : 'devtools',
    hubAddress: address,
    setHubAddress(next) {
      browserStorage.set(ADDRESS, next);
      location.reload();
    },
    connect: (path) => socketChannel(`ws://${address}${path}`),
    token: door.token,
    signIn: door.signIn,
    storage: browserStorage,
    theme: {
      get: (): Theme | null => (panels === undefined ? null : panels.themeName === 'dark' ? 'dark' : 'light'),
      listen(changed) {
        panels?.setThemeChangeHandler?.(changed);
        return () => panels?.setThemeChangeHandler?.();
      },
    },
    // A panel has no address that a person sees, so what it showed is kept beside its layout.
    location: { read: () => browserStorage.get(VIEW) ?? '', write: (view) => browserStorage.set(VIEW, view), listen: () => () => undefined },
    files: browserFiles,
    copy: copyText,
    loadRecording: door.load,
    openDb: workerDb,
  };
}
