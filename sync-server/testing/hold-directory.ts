import { createAdmin } from '../admin.ts';
import { openPgliteStore } from '../store/sql/pglite.ts';

// Run as a process of its own: opens a data directory, writes a context, and holds the directory until it is killed.
const store = await openPgliteStore({ dataDir: process.argv[2] ?? '' });
const admin = await createAdmin(store);
await admin.createContext({ contextId: 'kept', kind: 'tenant', schemaVersion: 1 });
await admin.importRows('kept', [{ entity: 'e', entityId: 'i', value: 1 }]);
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
