import { Command, Option } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import type { ResultOf } from '../../shared/protocol/debug/index.ts';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson, printTable, remark, time, type Cell } from '../output.ts';

interface Flags extends HubFlags {
  readonly limit: number;
  readonly try?: 'lww' | 'fields' | 'text' | 'custom' | 'ask';
}

type Side = ResultOf<'Conflict.tryStrategy'>['result'];

export function conflictsCommand(): Command {
  const command = new Command('conflicts')
    .description('List the conflicts of a context, newest first; with an id, show one with its three values')
    .argument('<client>')
    .argument('<context>')
    .argument('[conflict]', 'id of one conflict')
    .option('--limit <n>', 'at most so many', whole(1, 1_000), 50)
    .addOption(new Option('--try <strategy>', 'with an id: what another strategy would have made of it; changes nothing').choices(['lww', 'fields', 'text', 'custom', 'ask']));
  return examples(withJson(withHub(command)), ['conflicts tablet-amelie clinic-b', 'conflicts tablet-amelie clinic-b k-17', 'conflicts tablet-amelie clinic-b k-17 --try lww']).action(async (wanted: string, context: string, conflictId: string | undefined, flags: Flags) => {
    if (flags.try !== undefined && conflictId === undefined) throw new AppError('USAGE', '--try is about one conflict', { hint: 'Name it behind the context.' });
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      if (conflictId !== undefined && flags.try !== undefined) {
        const tried = await client.call('Conflict.tryStrategy', { contextId, conflictId, strategy: flags.try });
        if (flags.json === true) return printJson(tried);
        print(`${flags.try} would give ${tried.outcome}`);
        return printTable(SIDE, [sideRow('result', tried.result)], '');
      }
      if (conflictId !== undefined) {
        const found = await client.call('Conflict.get', { contextId, conflictId });
        return flags.json === true ? printJson(found) : tell(found);
      }
      const { conflicts, more } = await client.call('Conflict.list', { contextId, limit: flags.limit });
      if (flags.json === true) return printJson(conflicts);
      printTable(
        ['conflict', 'time', 'row', 'state', 'strategy', 'winner', 'other device', 'version'],
        conflicts.map((one) => [one.conflictId, time(one.at), `${one.entity}/${one.entityId}`, one.state, one.strategy, one.winner, one.theirDevice, one.theirVersion]),
        'No conflict is kept.',
      );
      if (more) remark('There are more: --limit');
    });
  });
}

const SIDE = ['', 'value', 'time', 'device'] as const;
const sideRow = (name: string, side: Side | null): Cell[] => [name, side === null ? 'never there' : side.deleted ? 'deleted' : JSON.stringify(side.value), time(side?.timestamp ?? null), side?.deviceId];

function tell(found: ResultOf<'Conflict.get'>): void {
  print(printable(`${found.conflictId} of ${found.entity}/${found.entityId}: ${found.state} by ${found.strategy}, ${found.winner} won${found.message === null ? '' : `; ${found.message}`}`));
  printTable(SIDE, [sideRow('base', found.base), sideRow('mine', found.mine), sideRow('theirs', found.theirs), sideRow('result', found.result)], '');
  for (const { field, rule, winner } of found.decided) print(printable(`${field}: ${winner}, by ${rule}`));
}
