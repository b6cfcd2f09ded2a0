import { existsSync, readFileSync } from 'node:fs';
import { live, openClient, welcomed } from './client.ts';

// A client in a process of its own: syncs a context for the first time, or only connects, and says how much memory it took at most.

process.once('message', (message: { readonly dir: string; readonly endpoint: string; readonly token: string; readonly contextId: string | null }) => {
  void run(message).then((kilobytes) => process.send?.(kilobytes, () => process.disconnect()));
});

async function run({ dir, endpoint, token, contextId }: { readonly dir: string; readonly endpoint: string; readonly token: string; readonly contextId: string | null }): Promise<number> {
  const client = await openClient({ dir, endpoint, token, deviceId: crypto.randomUUID() });
  await welcomed(client);
  if (contextId !== null) {
    const isLive = live(client, contextId);
    await client.activate(contextId);
    await isLive;
  }
  await client.close();
  return peakKilobytes();
}

/** The most that was resident at once. Linux counts the parent's memory into a child's `maxRSS`; the high-water mark of the process itself is apart. */
function peakKilobytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}
