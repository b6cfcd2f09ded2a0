import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { withClient } from '../hub-access.ts';
import { examples, several, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { ms, print, printJson, printTable, time } from '../output.ts';

interface Flags extends HubFlags {
  readonly off?: boolean;
  readonly offline?: boolean;
  readonly latency?: number;
  readonly jitter?: number;
  readonly drop?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly bandwidth?: number;
  readonly context?: readonly string[];
}

export function networkCommand(): Command {
  const percent = whole(0, 100);
  const command = new Command('network')
    .description('Show how a client’s sockets stand, or emulate a network for it')
    .argument('<client>')
    .option('--off', 'end the emulation')
    .option('--offline', 'no network at all')
    .option('--latency <ms>', 'delay of each frame', whole(0, 60_000))
    .option('--jitter <ms>', 'how much the delay varies', whole(0, 60_000))
    .option('--drop <percent>', 'frames that are lost', percent)
    .option('--duplicate <percent>', 'frames that come twice', percent)
    .option('--reorder <percent>', 'frames that come late', percent)
    .option('--bandwidth <kbps>', 'kilobits a second', whole(1, 10_000_000))
    .option('--context <contexts>', 'only frames of these contexts', several);
  return examples(withJson(withHub(command)), ['network front-desk', 'network front-desk --latency 400 --jitter 200 --drop 2', 'network front-desk --offline --context clinic-b', 'network front-desk --off']).action(async (wanted: string, flags: Flags) => {
    const conditions = conditionsOf(flags);
    if (conditions !== null && flags.off === true) throw new AppError('USAGE', '--off ends the emulation: it goes with no other condition');
    await withClient(flags, wanted, async (client) => {
      if (conditions !== null || flags.off === true) await client.call('Network.emulate', { commandId: commandId(), conditions });
      const now = await client.call('Network.conditions', {});
      if (flags.json === true) return printJson(now);
      print(now.conditions === null ? 'Nothing is emulated' : `Emulated: ${JSON.stringify(now.conditions)}`);
      printTable(['endpoint', 'state', 'since', 'round trip', 'in', 'out', 'reconnects'], now.endpoints.map((one) => [one.endpoint, one.state, time(one.since), one.rttMs === null ? null : ms(one.rttMs), one.bytesIn, one.bytesOut, one.reconnects]), 'No socket is open.');
    });
  });
}

function conditionsOf({ offline, latency, jitter, drop, duplicate, reorder, bandwidth, context }: Flags) {
  const isAsked = [offline, latency, jitter, drop, duplicate, reorder, bandwidth].some((value) => value !== undefined);
  if (!isAsked && context !== undefined) throw new AppError('USAGE', '--context goes with a condition, as --latency');
  if (!isAsked) return null;
  return {
    offline: offline === true,
    latencyMs: latency ?? 0,
    jitterMs: jitter ?? 0,
    dropRate: (drop ?? 0) / 100,
    duplicateRate: (duplicate ?? 0) / 100,
    reorderRate: (reorder ?? 0) / 100,
    bandwidthKbps: bandwidth ?? 0,
    ...(context === undefined ? {} : { contexts: [...context] }),
  };
}
