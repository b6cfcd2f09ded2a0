import { Command } from 'commander';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable, remark, type Cell } from '../output.ts';

export function queryCommand(): Command {
  const command = new Command('query')
    .description('Run one read-only SQL statement over one context')
    .argument('<client>')
    .argument('<context>')
    .argument('<sql>')
    .option('--limit <n>', 'at most so many rows', whole(1, 10_000), 1_000)
    .option('--timeout <ms>', 'end it after so long', whole(10, 60_000), 2_000);
  return examples(withJson(withHub(command)), [`query tablet-amelie clinic-b "SELECT entity, count(*) FROM rows GROUP BY 1"`]).action(async (wanted: string, context: string, sql: string, flags: HubFlags & { limit: number; timeout: number }) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Data.query', { contextId, sql, limit: flags.limit, timeoutMs: flags.timeout });
      if (flags.json === true) return printJson(answer);
      printTable(answer.columns, answer.rows.map((row) => row.map((value): Cell => (typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value)))), 'No rows.');
      if (answer.truncated) remark('There is more: the result was cut at a limit');
    });
  });
}
