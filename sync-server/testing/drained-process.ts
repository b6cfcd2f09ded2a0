import { drainOnSignal } from '../drain.ts';
import { startSyncServer } from '../server.ts';
import { openMemoryStore } from '../store/memory-store.ts';
import { SECRET } from './test-client.ts';

// Run as a process of its own: serves until SIGTERM, and says when it is drained.
const store = openMemoryStore();
const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: SECRET } });
process.stdout.write(`${JSON.stringify({ wsUrl: server.wsUrl })}\n`);
await drainOnSignal(server, store);
process.stdout.write('drained\n');
