import { Command } from 'commander';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import { checkHead, checkRecording, HEAD_BYTES, readSafely, reExecuteRecording, type RecordingVerdict } from '../../shared/recording/index.ts';
import { EXIT, lineOf, printable } from '../exit.ts';
import { examples, withJson } from '../options.ts';
import { print, printJson, remark } from '../output.ts';

export function reportCommand(): Command {
  const command = new Command('report').description('Work with a report that somebody sent');
  return command.addCommand(verifyCommand());
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Run the steps of a report again; exit status 0 identical, 1 diverged, 2 unreadable or incomplete')
    .argument('<file>', 'a .ctxscope file');
  command.exitOverride().showHelpAfterError('(contextscope report verify --help says more)');
  return examples(withJson(command), ['report verify report.ctxscope']).action((file: string, flags: { readonly json?: boolean }) => {
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

/** Opens a file that may be anybody's: head, then schema, and only then its rows (RP6). */
function withRecording<T>(file: string, work: (db: DatabaseSync) => T): T {
  checkFile(file);
  const db = readSafely(() => new DatabaseSync(file, { readOnly: true, allowExtension: false }));
  try {
    checkRecording(db);
    return work(db);
  } finally {
    db.close();
  }
}

function checkFile(file: string): void {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (thrown) {
    throw new AppError('NOT_FOUND', codeOf(thrown) === 'ENOENT' ? `There is no file ${file}` : `${file} cannot be read`, { cause: thrown });
  }
  try {
    if (!statSync(file).isFile()) throw new AppError('NOT_A_RECORDING', `${file} is no file`);
    const head = new Uint8Array(HEAD_BYTES);
    const got = readSync(fd, head, 0, HEAD_BYTES, 0);
    checkHead(head.subarray(0, got), statSync(file).size);
  } finally {
    closeSync(fd);
  }
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
