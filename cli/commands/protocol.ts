import { Command } from 'commander';
import { examples } from '../options.ts';
import { printJson, printTable } from '../output.ts';

export function protocolCommand(): Command {
  const command = new Command('protocol').description('Print the debug protocol as JSON Schema, for agents in other languages').option('--list', 'only the methods, one a line').option('--json', 'print JSON (it does anyway)');
  return examples(command, ['protocol > contextscope-protocol.json', 'protocol --list']).action(async ({ list }: { list?: boolean }) => {
    const { METHODS, protocolJsonSchema } = await import('../../shared/protocol/debug/index.ts');
    if (list === true) printTable(['method', 'changes', 'about'], Object.entries(METHODS).map(([name, { changes, about }]) => [name, changes ? 'yes' : '', about]), '');
    else printJson(protocolJsonSchema());
  });
}
