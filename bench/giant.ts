import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { peakOf } from './first-sync.ts';
import { against, inTurns, megabytes, timed, type Bench, type Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { SIZES } from './support/data.ts';
import { download } from './support/download.ts';
import { startServer } from './support/server.ts';

// First sync, switch, verify and prune of 2 GB. Takes some minutes and 8 GB of disk.

const MAX_MEMORY = 200;

export const giant: Bench = {
  name: 'giant',
  about: 'first sync, switch, verify and prune of a context of 2 GB',
  heavy: true,
  run: async (run) => {
    const rows = run.quick ? 20_000 : SIZES.giant;
    run.progress(`making a context of ${rows} rows`);
    await using server = await startServer(run.folder(), [{ contextId: 'clinic', kind: 'tenant', rows }, { contextId: 'other', kind: 'tenant', rows: SIZES.small }]);
    const size = megabytes(statSync(server.file('clinic')).size);
    const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, indexes: [] });
    await welcomed(client);
    const switchTo = async (contextId: string): Promise<void> => {
      const isLive = live(client, contextId);
      await client.switchTo(contextId);
      await isLive;
    };
    const floorFile = join(run.folder(), 'floor.sqlite');
    const steps: { [step: string]: number[] } = { switch: [], verify: [], prune: [], unlink: [] };
    const { ours, floor } = await inTurns(run.quick ? 1 : 3, {
      ours: async (round) => {
        const took = await timed(() => switchTo('clinic'));
        await switchTo('other');
        steps['switch']?.push(await timed(() => switchTo('clinic')));
        const { ok, durationMs } = await client.control.verify('clinic');
        if (!ok) throw new Error('The digest does not match');
        steps['verify']?.push(durationMs);
        await switchTo('other');
        steps['prune']?.push(await timed(() => client.prune({ contexts: ['clinic'] })));
        run.progress(`round ${round + 2}: first sync ${(took / 1_000).toFixed(1)} s, verify ${(durationMs / 1_000).toFixed(1)} s`);
        return took;
      },
      floor: async () => {
        const took = await timed(() => download(server.plainUrl, 'clinic', floorFile));
        steps['unlink']?.push(await timed(() => rm(floorFile)));
        return took;
      },
    });
    await client.close();
    const [idle, peak] = [await peakOf(run, server, false), await peakOf(run, server, true)];
    const memory: Figure = { name: 'giant memory', value: peak, unit: 'MB', floor: idle, ratio: peak / idle, target: `≤ ${MAX_MEMORY} MB`, ok: peak <= MAX_MEMORY, detail: 'peak resident memory of a client process that syncs it first' };
    const times = Object.entries(steps).map(([step, samples]) => `${step} ${(samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0).toFixed(1)} ms`);
    return [against('giant', ours, floor, 2, `${rows} rows, ${size}, no declared index; ${times.join(', ')}`), memory];
  },
};
