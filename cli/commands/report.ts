import { Command } from 'commander';
import type { RecordingVerdict } from '../../shared/recording/index.ts';
import { EXIT, lineOf, printable } from '../exit.ts';
import { withClient, type AttachedClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, remark } from '../output.ts';
import { Progress } from '../progress.ts';
import { checkFree, saveFile } from '../save-file.ts';

export function reportCommand(): Command {
  const command = new Command('report').description("Save a client's flight recorder as a report, or run a report that somebody sent again");
  return command.addCommand(saveCommand()).addCommand(verifyCommand());
}

interface SaveFlags extends HubFlags {
  readonly out: string;
  readonly force?: boolean;
}

function saveCommand(): Command {
  const command = new Command('save')
    .description("Save what a client's flight recorder holds as one .ctxscope file, steps and values included")
    .argument('<client>')
    .requiredOption('--out <file>', 'where to, as report.ctxscope')
    .option('--force', 'write over a file that is there');
  command.exitOverride().showHelpAfterError('(contextscope report save --help says more)');
  return examples(withJson(withHub(command)), ['report save tablet-amelie --out report.ctxscope && contextscope report verify report.ctxscope']).action(async (wanted: string, flags: SaveFlags) => {
    checkFree(flags.out, flags.force);
    await withClient(flags, wanted, async (client, signal) => {
      const size = await saveFile(flags.out, exported(client), signal);
      if (flags.json === true) printJson({ file: flags.out, bytes: size, clientId: client.target.client.clientId });
      else print(`${flags.out}, ${bytes(size)}. It holds values as they are: mind to whom it goes.`);
    });
  });
}

async function* exported(client: AttachedClient): AsyncGenerator<Uint8Array> {
  const progress = new Progress('Saved');
  try {
    for (let offset: number | null = 0; offset !== null; ) {
      const part: { chunk: string; nextOffset: number | null; bytes: number } = await client.call('Recorder.export', { offset });
      offset = part.nextOffset;
      progress.show(offset ?? part.bytes, part.bytes);
      yield Buffer.from(part.chunk, 'base64');
    }
  } finally {
    progress.end();
  }
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Run the steps of a report again; exit status 0 identical, 1 diverged, 2 unreadable or incomplete')
    .argument('<file>', 'a .ctxscope file');
  command.exitOverride().showHelpAfterError('(contextscope report verify --help says more)');
  return examples(withJson(command), ['report verify report.ctxscope']).action(async (file: string, flags: { readonly json?: boolean }) => {
    const [{ withRecording }, { reExecuteRecording }] = await Promise.all([import('../recording-file.ts'), import('../../shared/recording/index.ts')]);
    try {
      const verdict = withRecording(file, reExecuteRecording);
      if (flags.json === true) printJson(verdict);
      else tell(verdict);
      process.exitCode = verdict.verdict === 'identical' ? EXIT.done : verdict.verdict === 'diverged' ? EXIT.no : EXIT.usage;
    } catch (thrown) {
      // Whatever it was that could not be read, 1 would say that the core of here decides otherwise.
      remark(lineOf(thrown));
      process.exitCode = EXIT.usage;
    }
  });
}

function tell(verdict: RecordingVerdict): void {
  const { core } = verdict;
  if (!core.same) {
    const { recorded, here } = core;
    const why = recorded.version === here.version ? `Its core has the same version, ${here.version}, and behaves otherwise` : `It was recorded by core ${recorded.version}; this one is ${here.version}`;
    remark(printable(`${why}. The matching one: npx contextscope@${recorded.version} report verify FILE`));
  }
  switch (verdict.verdict) {
    case 'identical':
      print(`identical: ${verdict.steps} steps of ${verdict.runs} ${verdict.runs === 1 ? 'run' : 'runs'}, ${verdict.bulkSteps} of them bulk steps checked by digest only, ${verdict.checkpoints} checkpoints agree`);
      return;
    case 'diverged':
      print(`diverged at step ${verdict.step} (${verdict.kind}${verdict.contextId === null ? '' : ` of ${printable(verdict.contextId)}`}, event ${verdict.seq}) of run ${printable(verdict.runId)}: another ${verdict.what}, after ${verdict.steps} steps that agree`);
      print(`  expected ${printable(verdict.expected)}`);
      print(`  got      ${printable(verdict.got)}`);
      return;
    case 'incomplete':
      print(`incomplete: ${printable(verdict.reason)}`);
  }
}
