import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import type { MethodName } from '../../shared/protocol/debug/index.ts';
import { commandId } from '../command-id.ts';
import type { HubClient } from '../../inspector-server/index.ts';
import { withClient, withHubItself } from '../hub-access.ts';
import { examples, withHub, type HubFlags } from '../options.ts';
import { printJson } from '../output.ts';

export function callCommand(): Command {
  const command = new Command('call')
    .description('Call any method of the debug protocol, and print its answer as JSON')
    .argument('<client>', 'a client; `hub` for the methods of the hub itself')
    .argument('<method>', 'as Registry.list; `contextscope protocol --list` names all')
    .argument('[params]', 'JSON object; a commandId is added where the method wants one', '{}')
    .option('--json', 'print JSON (it does anyway)');
  return examples(withHub(command), ['call tablet-amelie Registry.list', `call tablet-amelie Context.activate '{"contextId":"clinic-b"}'`, 'call hub Hub.audit']).action(async (wanted: string, method: string, text: string, flags: HubFlags) => {
    const name = await checkMethod(method);
    const params = await checkParams(name, text);
    const call = async (peer: Pick<HubClient, 'call'>): Promise<void> => printJson(await peer.call(name, params as never));
    if (wanted === 'hub' || name.startsWith('Hub.')) await withHubItself(flags, call);
    else await withClient(flags, wanted, call);
  });
}

/** The schemas take longer to load than everything else, and only some commands need them. */
const protocol = () => import('../../shared/protocol/debug/index.ts');

async function checkMethod(method: string): Promise<MethodName> {
  const { METHODS, isMethod } = await protocol();
  if (isMethod(method) && method !== 'Hub.hello') return method;
  const [domain = '', name = ''] = method.toLowerCase().split('.');
  const near = Object.keys(METHODS).filter((known) => known.toLowerCase().startsWith(`${domain}.`) || (name !== '' && known.toLowerCase().endsWith(`.${name}`)));
  throw new AppError('UNKNOWN_METHOD', `There is no method ${JSON.stringify(method)}`, { hint: near.length > 0 ? `There are ${near.join(', ')}.` : '`contextscope protocol --list` names all.' });
}

async function checkParams(method: MethodName, text: string): Promise<unknown> {
  const { methodOf, parseParams } = await protocol();
  let params: unknown;
  try {
    params = JSON.parse(text);
  } catch {
    throw new AppError('BAD_PARAMS', 'The params are not JSON', { hint: `They look like '{"contextId":"clinic-b"}'.` });
  }
  const withId = methodOf(method).changes && typeof params === 'object' && params !== null && method !== 'Hub.pairing' ? { commandId: commandId(), ...params } : params;
  const parsed = parseParams(method, withId);
  if (!parsed.ok) throw new AppError('BAD_PARAMS', `The params do not fit ${method}: ${parsed.error}`);
  return parsed.value;
}
