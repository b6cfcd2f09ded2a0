import { browserFiles, browserStorage, copyText } from '../../shared/ui/browser-parts.ts';
import type { Host } from '../../shared/ui/host.ts';
import { hubDoor } from '../../shared/ui/hub-door.ts';
import { socketChannel } from '../../shared/ui/socket-channel.ts';
import { workerDb } from '../../shared/ui/state/worker-db.ts';

/** No oftener than this is the address written: browsers refuse more than a few times a second. */
const WRITE_AFTER_MS = 150;

/** The page that the hub serves: the hub is where the page came from. */
export function pageHost(startToken: string | null): Host {
  const base = new URL('.', location.href);
  const door = hubDoor(base.href, browserStorage, startToken);
  let timer: ReturnType<typeof setTimeout> | null = null;
  return {
    kind: 'page',
    hubAddress: location.host,
    connect(path) {
      const url = new URL(path.replace(/^\//, ''), base);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return socketChannel(url.href);
    },
    token: door.token,
    signIn: door.signIn,
    storage: browserStorage,
    theme: { get: () => null, listen: () => () => undefined },
    location: {
      read: () => location.hash,
      write(view) {
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(() => history.replaceState(null, '', `#${view}`), WRITE_AFTER_MS);
      },
      listen(changed) {
        addEventListener('hashchange', changed);
        return () => removeEventListener('hashchange', changed);
      },
    },
    files: browserFiles,
    copy: copyText,
    loadRecording: door.load,
    openDb: workerDb,
  };
}
