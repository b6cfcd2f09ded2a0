import type { SyncServer } from './server.ts';
import type { LogStore } from './store/log-store.ts';

/** On SIGTERM or SIGINT the server is drained, then its store is closed; a second signal ends the process at once. Resolves when both are closed. */
export async function drainOnSignal(server: SyncServer, store: LogStore): Promise<void> {
  await new Promise<void>((resolve) => {
    const signals = ['SIGTERM', 'SIGINT'] as const;
    const first = (): void => {
      for (const signal of signals) process.removeListener(signal, first).once(signal, () => process.exit(1));
      resolve();
    };
    for (const signal of signals) process.once(signal, first);
  });
  await server.close();
  await store.close();
}
