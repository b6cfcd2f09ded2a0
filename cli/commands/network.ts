import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import type { NetworkConditions } from '../../shared/protocol/debug/index.ts';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, several, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, ms, print, printJson, printTable, time } from '../output.ts';

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
  return examples(withJson(withHub(command)), ['network tablet-amelie', 'network tablet-amelie --latency 400 --jitter 200 --drop 2', 'network tablet-amelie --offline --context clinic-b', 'network tablet-amelie --off']).action(async (wanted: string, flags: Flags) => {
    const conditions = conditionsOf(flags);
    if (conditions !== null && flags.off === true) throw new AppError('USAGE', '--off ends the emulation: it goes with no other condition');
    await withClient(flags, wanted, async (client) => {
      // A context that is misspelt would emulate nothing, in silence.
      const contexts = await Promise.all((flags.context ?? []).map((context) => chooseContext(client, context)));
      if (conditions !== null || flags.off === true) await client.call('Network.emulate', { commandId: commandId(), conditions: conditions === null || contexts.length === 0 ? conditions : { ...conditions, contexts } });
      const now = await client.call('Network.conditions', {});
      if (flags.json === true) return printJson(now);
      print(now.conditions === null ? 'Nothing is emulated' : `Emulated: ${printable(wordsOf(now.conditions))}`);
      printTable(
        ['endpoint', 'state', 'since', 'round trip', 'in', 'out', 'reconnects', 'next try', 'refused'],
        now.endpoints.map((one) => [one.endpoint, one.state, time(one.since), one.rttMs === null ? null : ms(one.rttMs), bytes(one.bytesIn), bytes(one.bytesOut), one.reconnects, time(one.retryAt), one.refused?.message]),
        'No socket is open.',
      );
    });
  });
}

function wordsOf({ offline, latencyMs, jitterMs, dropRate, duplicateRate, reorderRate, bandwidthKbps, contexts }: NetworkConditions): string {
  const percent = (rate: number): string => `${Math.round(rate * 1_000) / 10} %`;
  const faults = [
    offline ? 'offline' : '',
    latencyMs > 0 ? `latency ${latencyMs} ms` : '',
    jitterMs > 0 ? `jitter ${jitterMs} ms` : '',
    dropRate > 0 ? `${percent(dropRate)} of frames lost` : '',
    duplicateRate > 0 ? `${percent(duplicateRate)} twice` : '',
    reorderRate > 0 ? `${percent(reorderRate)} late` : '',
    bandwidthKbps > 0 ? `${bandwidthKbps} kbit/s` : '',
  ].filter((fault) => fault !== '');
  return `${faults.join(', ') || 'no fault'}${contexts === undefined ? '' : `, for frames of ${contexts.join(', ')}`}`;
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
  };
}
