import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { addressOf, askHub, request } from '../hub-access.ts';
import { examples, several, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson, printTable, remark, time } from '../output.ts';

interface Flags extends HubFlags {
  readonly control?: boolean;
  readonly context?: readonly string[];
  readonly list?: boolean;
  readonly revoke?: string;
  readonly with?: string;
  readonly name?: string;
}

interface Token {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly mode: string;
  readonly contexts: readonly string[] | null;
  readonly createdAt: number;
}

export function pairCommand(): Command {
  const command = new Command('pair')
    .description("Let a device of another machine in: the hub's terminal shows a code of 6 digits, for one use within 5 minutes")
    .option('--control', 'it may change clients (default: it may only look)')
    .option('--context <contexts>', 'it sees these contexts only', several)
    .option('--list', 'who has a token')
    .option('--revoke <id>', 'take a token back')
    .option('--with <code>', 'on the other machine: buy a token from the hub at --hub with its code')
    .option('--name <name>', 'with --with: what this machine is called in the list', 'command line');
  return examples(withJson(withHub(command)), ['pair --context clinic-a', 'pair --list', 'pair --hub http://10.0.0.7:9339 --with 123456']).action(async (flags: Flags) => {
    if (flags.with !== undefined) return await buy(flags, flags.with);
    if (flags.revoke !== undefined) {
      await askHub(flags, 'DELETE', `/tokens/${encodeURIComponent(flags.revoke)}`);
      return flags.json === true ? printJson({ revoked: flags.revoke }) : print(`${flags.revoke} is no longer let in`);
    }
    if (flags.list === true) {
      const { tokens } = (await (await askHub(flags, 'GET', '/tokens')).json()) as { tokens: readonly Token[] };
      if (flags.json === true) return printJson(tokens);
      return printTable(['id', 'kind', 'name', 'mode', 'contexts', 'since'], tokens.map(({ id, kind, name, mode, contexts, createdAt }) => [id, kind, name, mode, contexts?.join(', ') ?? 'all', time(createdAt)]), 'Nobody has a token.');
    }
    const body = { mode: flags.control === true ? 'control' : 'observe', contexts: flags.context ?? null };
    const { expiresAt } = (await (await askHub(flags, 'POST', '/pairing', body)).json()) as { expiresAt: number };
    if (flags.json === true) printJson({ expiresAt });
    else print(`The code stands in the hub's terminal, for one use until ${time(expiresAt)}`);
  });
}

async function buy({ hub, name = 'command line', json }: Flags, code: string): Promise<void> {
  if (hub === undefined) throw new AppError('USAGE', '--with needs the hub it is for', { hint: 'Name it with --hub.' });
  const url = addressOf(hub);
  if (!/^\d{6}$/.test(code.replaceAll(/\s/g, ''))) throw new AppError('USAGE', 'A pairing code has 6 digits', { hint: "It stands in the hub's terminal after `contextscope pair` there." });
  const response = await request(`${url}/pair`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code, name }) });
  const { token } = (await response.json()) as { token: string };
  if (json === true) return printJson({ hub: url, token });
  print(token);
  // Beside the output, so that TOKEN=$(contextscope pair …) holds the token alone.
  remark(`With it: CONTEXTSCOPE_TOKEN=TOKEN contextscope clients --hub ${url}`);
}
