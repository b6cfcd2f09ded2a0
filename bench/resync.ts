import { statSync } from 'node:fs';
import { join } from 'node:path';
import { against, inTurns, megabytes, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { SIZES } from './support/data.ts';
import { download } from './support/download.ts';
import { startServer } from './support/server.ts';

// A context that was pruned is activated again, until it is live; against a plain download of the same file.

export const resync: Bench = {
  name: 'resync',
  about: 'prune, then activate again, large and huge, against a plain download of the same file',
  run: async (run) => [
    ...(await again(run, 'resync large', run.quick ? 5_000 : SIZES.large, run.quick ? 3 : 15)),
    ...(await again(run, 'resync huge', run.quick ? 20_000 : SIZES.huge, run.quick ? 2 : 5)),
  ],
};

async function again(run: BenchRun, name: string, rows: number, rounds: number): Promise<readonly Figure[]> {
  run.progress(`making a context of ${rows} rows`);
  await using server = await startServer(run.folder(), [{ contextId: 'clinic', kind: 'tenant', rows }]);
  const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token });
  await welcomed(client);
  const activate = async (): Promise<void> => {
    const isLive = live(client, 'clinic');
    await client.activate('clinic');
    await isLive;
  };
  await activate();
  const floorFile = join(run.folder(), 'floor.sqlite');
  const { ours, floor } = await inTurns(rounds, {
    ours: async () => {
      await client.deactivate('clinic');
      await client.prune({ contexts: ['clinic'] });
      return timed(activate);
    },
    floor: () => timed(() => download(server.plainUrl, 'clinic', floorFile)),
  });
  await client.close();
  return [against(name, ours, floor, 2, `${rows} rows, ${megabytes(statSync(server.file('clinic')).size)}, one declared index`)];
}
