import { Command } from 'commander';
import { withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, ms, printJson, printTable } from '../output.ts';

export function policyCommand(): Command {
  const command = new Command('policy').description('Show the policies that a client runs under: how many contexts at once, draining, pruning').argument('<client>');
  return examples(withJson(withHub(command)), ['policy tablet-amelie']).action(async (wanted: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const policy = await client.call('Registry.policy', {});
      if (flags.json === true) return printJson(policy);
      const { maxActive, graceMs, drain, digestPolicy, pruneAfterDays, quotaBytes } = policy;
      printTable(
        ['policy', 'value'],
        [
          ['tenant contexts active at once', maxActive],
          ['grace at the end of an activation', ms(graceMs)],
          ['drains unsynced writes of dormant contexts', drain ? 'yes' : 'no'],
          ['on a digest that differs', digestPolicy],
          ['pruned after', pruneAfterDays === null ? 'never by itself' : `${pruneAfterDays} days without access`],
          ['quota', quotaBytes === null ? 'none' : bytes(quotaBytes)],
        ],
        '',
      );
    });
  });
}
