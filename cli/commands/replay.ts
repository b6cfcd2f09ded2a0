import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { EXIT, printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, printTable, remark } from '../output.ts';

interface Flags extends HubFlags {
  readonly compare?: boolean;
  readonly toVersion?: number;
  readonly dryRun?: boolean;
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('Build a context again from the server; with --compare, only compare, and exit with 1 when they differ')
    .argument('<client>')
    .argument('<context>')
    .option('--compare', 'change nothing: list the rows that differ from the server')
    .option('--to-version <n>', 'with --compare: as of this version', whole(0, Number.MAX_SAFE_INTEGER))
    .option('-n, --dry-run', 'only say what it would do');
  return examples(withJson(withHub(command)), ['replay tablet-amelie clinic-b --compare', 'replay tablet-amelie clinic-b']).action(async (wanted: string, context: string, flags: Flags) => {
    if (flags.toVersion !== undefined && flags.compare !== true) throw new AppError('USAGE', '--to-version goes with --compare: a context is always built again as of now');
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const mode = flags.compare === true ? 'compare' : 'rebuild';
      const answer = await client.call('Context.replay', { commandId: commandId(), contextId, mode, dryRun: flags.dryRun === true, ...(flags.toVersion === undefined ? {} : { toVersion: flags.toVersion }) });
      if (flags.json === true) printJson(answer);
      else if (mode === 'rebuild') print(`${printable(contextId)} ${answer.dryRun ? 'would be' : 'is'} built again at version ${answer.version}: ${answer.rows === undefined ? '' : `${answer.rows} rows, `}${bytes(answer.bytes ?? 0)}, ${answer.pendingWrites} unsynced writes kept`);
      else if (answer.dryRun) print(`${printable(contextId)} would be compared with the server at version ${answer.version}`);
      else if (answer.identical === true) print(`${printable(contextId)} and the server agree at version ${answer.version}${answer.pendingWrites > 0 ? `, ${answer.pendingWrites} unsynced writes apart` : ''}`);
      else {
        print(`${printable(contextId)} and the server differ at version ${answer.version}: here ${answer.localDigest ?? '?'}, there ${answer.serverDigest ?? '?'}`);
        printTable(['row', 'difference', 'here', 'server', 'change'], (answer.differences ?? []).map(({ entity, id, kind, local, server, change }) => [`${entity}/${id}`, kind, local?.version, server?.version, change?.contextVersion]), '');
      }
      if (flags.json !== true && (answer.unknown ?? 0) > 0) remark(`${answer.unknown ?? 0} rows changed after version ${answer.version}: they were not compared`);
      if (mode === 'compare' && answer.identical === false) process.exitCode = EXIT.no;
    });
  });
}
