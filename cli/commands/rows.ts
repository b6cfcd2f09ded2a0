import { Command, Option } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { chooseContext, withClient, type AttachedClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable, remark, time } from '../output.ts';

interface Flags extends HubFlags {
  readonly search?: string;
  readonly after?: string;
  readonly limit: number;
  readonly asOf?: number;
  readonly only?: (typeof ONLY)[number];
}

const ONLY = ['pending', 'conflicts', 'quarantined'] as const;

export function rowsCommand(): Command {
  const command = new Command('rows')
    .description('List the entities of a context with counts, the rows of one entity, or the rows as of an earlier version')
    .argument('<client>')
    .argument('<context>')
    .argument('[entity]', 'list its rows')
    .option('--search <text>', 'only rows with this text in their id or value')
    .addOption(new Option('--only <kind>', 'only rows with a write that waits, with a kept conflict, or with a write that was set aside').choices(ONLY))
    .option('--after <id>', 'go on behind this id')
    .option('--limit <n>', 'at most so many', whole(1, 10_000), 200)
    .option('--as-of <version>', "as the server had them at this version, from its log", whole(0, Number.MAX_SAFE_INTEGER));
  return examples(withJson(withHub(command)), ['rows tablet-amelie clinic-b', 'rows tablet-amelie clinic-b patient --search Ada', 'rows tablet-amelie clinic-b patient --only pending', 'rows tablet-amelie clinic-b --as-of 1200']).action(async (wanted: string, context: string, entity: string | undefined, flags: Flags) => {
    if (flags.asOf !== undefined && (flags.search ?? flags.after ?? flags.only) !== undefined) throw new AppError('USAGE', '--as-of goes without --search, --only and --after');
    if (entity === undefined && (flags.search ?? flags.after ?? flags.only) !== undefined) throw new AppError('USAGE', '--search, --only and --after are about the rows of one entity', { hint: 'Name it behind the context.' });
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      if (flags.asOf !== undefined) return await listThen(client, contextId, entity, flags.asOf, flags);
      if (entity === undefined) return await listEntities(client, contextId, flags);
      await listRows(client, contextId, entity, flags);
    });
  });
}

async function listEntities(client: AttachedClient, contextId: string, { json }: Flags): Promise<void> {
  const { entities } = await client.call('Data.entities', { contextId });
  if (json === true) return printJson(entities);
  printTable(['entity', 'strategy', 'rows', 'pending', 'conflicts', 'columns'], entities.map(({ entity, strategy, rows, pending, conflicts, columns }) => [entity, strategy, rows, pending, conflicts, columns.join(', ')]), 'There are no entities.');
}

async function listRows(client: AttachedClient, contextId: string, entity: string, { search, only, after, limit, json }: Flags): Promise<void> {
  const { ROWS_ONLY } = await import('../../shared/protocol/debug/index.ts');
  if (only !== undefined && !client.target.client.capabilities.includes(ROWS_ONLY)) throw new AppError('UNSUPPORTED', `This client cannot list only ${only} rows`, { hint: 'Its runtime is older than --only.' });
  const answer = await client.call('Data.rows', { contextId, entity, limit: Math.min(limit, 1_000), ...(search === undefined ? {} : { search }), ...(after === undefined ? {} : { after }), ...(only === undefined ? {} : { only }) });
  if (json === true) return printJson(answer);
  printTable(['id', 'version', 'mark', 'device', 'time', 'value'], answer.rows.map(({ id, version, mark, deviceId, timestamp, value, deleted }) => [id, version, mark, deviceId, time(timestamp), deleted === true ? 'deleted' : JSON.stringify(value)]), `There are no ${only === undefined ? '' : 'such '}rows of ${JSON.stringify(entity)}.`);
  if (answer.more) remark(`There are more: --after ${answer.rows.at(-1)?.id ?? ''}`);
  if (answer.masked) remark('This client does not let values leave the device: they are masked');
}

async function listThen(client: AttachedClient, contextId: string, entity: string | undefined, version: number, { limit, json }: Flags): Promise<void> {
  const answer = await client.call('Context.stateAt', { commandId: commandId(), contextId, version, limit: 10_000 });
  const rows = answer.rows.filter((row) => entity === undefined || row.entity === entity).slice(0, limit);
  if (json === true) return printJson({ ...answer, rows });
  printTable(['entity', 'id', 'version', 'device', 'value'], rows.map((row) => [row.entity, row.id, row.version, row.deviceId, JSON.stringify(row.value)]), `There were no rows at version ${version}.`);
  remark(`Read from the ${answer.source === 'server' ? "server's log" : 'recording'}: ${answer.total} rows at version ${version}${(answer.unknown ?? 0) > 0 ? `, and ${answer.unknown ?? 0} that changed since and whose value of then is not kept` : ''}`);
}
