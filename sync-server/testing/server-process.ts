import { openPostgresStore } from '../store/sql/postgres.ts';
import { startSyncServer } from '../server.ts';
import type { LogStore } from '../store/log-store.ts';
import { SECRET } from './test-client.ts';

// One sync server as a process of its own: `node server-process.ts DATABASE-URL [deaf] [die-before-hint]`. Prints its address as JSON.
//   deaf             neither tells nor hears any notification
//   die-before-hint  is killed by itself right after its first commit, before anybody is told

const [url = '', ...flags] = process.argv.slice(2);
const store = await openPostgresStore({ url, connections: 4 });
const told: LogStore = {
  ...store,
  ...(flags.includes('deaf') ? { listen: () => () => undefined, publish: () => undefined } : {}),
  ...(flags.includes('die-before-hint')
    ? {
        publish: (news) => {
          if (news.type === 'head') process.kill(process.pid, 'SIGKILL');
          store.publish(news);
        },
      }
    : {}),
};
const server = await startSyncServer({ port: 0, store: told, auth: { jwtSecret: SECRET } });
process.stdout.write(`${JSON.stringify({ wsUrl: server.wsUrl, url: server.url })}\n`);
