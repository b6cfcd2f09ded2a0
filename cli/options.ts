import { InvalidArgumentError, type Command } from 'commander';

/** Where everything of this machine is kept unless `--data-dir` says otherwise. */
export const DEFAULT_DATA_DIR = '.contextscope';

export interface HubFlags {
  readonly hub?: string;
  readonly dataDir: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** Flags of every command that talks to a hub. */
export function withHub(command: Command): Command {
  return command
    .option('--hub <url>', 'hub to talk to, as http://127.0.0.1:9339 (default: the one that runs on the data folder)')
    .option('--data-dir <folder>', 'where a hub of this machine left its address and token', DEFAULT_DATA_DIR)
    .option('--token <token>', 'token of a hub elsewhere, as `contextscope pair` gives it (default: $CONTEXTSCOPE_TOKEN)');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON');
}

export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ contextscope ${line}`).join('\n')}`);
}

/** A parser for whole numbers from `from` to `to`. */
export function whole(from: number, to: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (text.trim() === '' || !Number.isInteger(n) || n < from || n > to) throw new InvalidArgumentError(`It is a whole number from ${from} to ${to}.`);
    return n;
  };
}

export const port = whole(0, 65_535);

/** Collects an option that may be given more than once. */
export const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',').filter((part) => part !== '')];
