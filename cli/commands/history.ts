import { Command } from 'commander';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import type { ParamsOf, ResultOf } from '../../shared/protocol/debug/index.ts';
import { chooseContext, withClient, type AttachedClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable, remark, time } from '../output.ts';

interface Flags extends HubFlags {
  readonly from?: number;
  readonly to?: number;
}

interface Change {
  readonly contextVersion: number;
  readonly entity: string;
  readonly entityId: string;
  readonly op: string;
  readonly deviceId: string;
  readonly timestamp: number;
  readonly mutationId: string;
  readonly value?: unknown;
}

export function historyCommand(): Command {
  const version = whole(0, Number.MAX_SAFE_INTEGER);
  const command = new Command('history')
    .description("List the changes of a context, of one entity or of one row, from the server's log")
    .argument('<client>')
    .argument('<context>')
    .argument('[entity]')
    .argument('[id]', 'of one row')
    .option('--from <version>', 'changes above this version (default: as far back as the log goes)', version)
    .option('--to <version>', 'up to this version (default: the newest)', version);
  return examples(withJson(withHub(command)), ['history tablet-amelie clinic-b patient p-17', 'history tablet-amelie clinic-b --from 1200 --to 1250 --json']).action(async (wanted: string, context: string, entity: string | undefined, id: string | undefined, flags: Flags) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await read(client, { contextId, from: flags.from ?? 0, to: flags.to ?? Number.MAX_SAFE_INTEGER, ...(entity === undefined ? {} : { entity }), ...(id === undefined ? {} : { entityId: id }) }, flags.from === undefined);
      if (flags.json === true) return printJson(answer);
      const changes = answer.changes as unknown as readonly Change[];
      printTable(['version', 'time', 'row', 'op', 'device', 'value'], changes.map((one) => [one.contextVersion, time(one.timestamp), `${one.entity}/${one.entityId}`, one.op, one.deviceId, one.value === undefined ? '' : JSON.stringify(one.value)]), 'No change is in the log.');
      if (answer.horizon > 0) remark(`The log goes back to version ${answer.horizon}`);
      if (answer.more) remark(`There are more: --from ${changes.at(-1)?.contextVersion ?? ''}`);
    });
  });
}

/** `isWhole`: what is asked for is all that there is, so a log that was compacted is read from where it begins. */
async function read(client: AttachedClient, asked: ParamsOf<'Context.history'>, isWhole: boolean): Promise<ResultOf<'Context.history'>> {
  try {
    return await client.call('Context.history', asked);
  } catch (thrown) {
    const horizon = codeOf(thrown) === 'COMPACTED' && thrown instanceof AppError ? (thrown.details['data'] as { horizon?: number } | undefined)?.horizon : undefined;
    if (!isWhole || horizon === undefined) throw thrown;
    return await client.call('Context.history', { ...asked, from: horizon });
  }
}
