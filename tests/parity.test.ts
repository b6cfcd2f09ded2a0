import type { Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { program } from '../cli/program.ts';
import { METHODS, type MethodName } from '../shared/protocol/debug/index.ts';
import { SUBCOMMANDS } from '../shared/ui/frame/subcommands.ts';
import { listFiles, readText } from './support/source.ts';

// What the inspector's page can do, the command can do: every action of the palette, and every method that its dialogs and panels call.

/** A command as it is typed: its words that are no placeholders lead to a subcommand, and its options are ones that this has. */
function subcommandOf(typed: string): Command {
  const words = typed.split(' ');
  const named = words.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  let found: Command = program();
  for (const name of named) {
    const next: Command | undefined = found.commands.find((command) => command.name() === name);
    // What stands behind the subcommand may be the value of an option.
    if (next === undefined) break;
    found = next;
  }
  expect(found.name(), typed).not.toBe('contextscope');
  for (const option of words.filter((word) => word.startsWith('--'))) expect(found.options.map(({ long }) => long), typed).toContain(option);
  const most = found.registeredArguments.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : found.registeredArguments.length;
  expect(words.filter((word) => /^[A-Z]+$/.test(word) && !isValue(words, word)).length, typed).toBeLessThanOrEqual(most);
  return found;
}

const isValue = (words: readonly string[], word: string): boolean => (words[words.indexOf(word) - 1] ?? '').startsWith('--');

/** What `--help` says of it, as a person gets it. */
async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  const root = program();
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: (part) => void (text += part), writeErr: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(root);
  const code = await root.parseAsync([...words, '--help'], { from: 'user' }).then(
    () => 'it ran',
    (error: CommanderError) => error.code,
  );
  expect(code, words.join(' ')).toBe('commander.helpDisplayed');
  return text;
}

const pathOf = (command: Command): string[] => (command.parent === null || command.parent.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()]);

test('every action of the inspector’s palette has a subcommand that is there and answers --help, or says why only a page can do it', async () => {
  const actions = Object.entries(SUBCOMMANDS);
  expect(actions.length).toBeGreaterThan(20);
  for (const [action, does] of actions) {
    if (typeof does !== 'string') expect(does.pageOnly.length, action).toBeGreaterThan(15);
    else expect(await helpOf(pathOf(subcommandOf(does))), action).toMatch(/^Usage: contextscope [\s\S]*Examples:/);
  }
  // The ids that the palette gives its actions are these and no others, so that the list cannot go stale either.
  const palette = readText('shared/ui/frame/commands.ts');
  for (const [action] of actions) expect(palette, action).toContain(action.startsWith('go-') ? 'id: `go-${panel}`' : `id: '${action}'`);
});

/** By method, the subcommand that calls it, or why none does. What is new in the protocol does not compile until it is here. */
const CALLED_BY: { readonly [M in MethodName]: string | { readonly none: string } } = {
  'Client.getInfo': { none: 'the hub asks it to see that a client lives; `clients` lists what it says' },
  'Client.enable': 'events',
  'Client.disable': { none: 'a command ends its stream by ending' },
  'Client.credit': 'events',
  'Registry.list': 'contexts',
  'Registry.get': { none: '`contexts` lists it with the others' },
  'Registry.check': 'check',
  'Registry.files': 'files',
  'Registry.policy': 'policy',
  'Registry.removeFile': 'files',
  'Context.activate': 'activate',
  'Context.deactivate': 'deactivate',
  'Context.prune': 'prune',
  'Context.forget': 'forget',
  'Context.replay': 'replay',
  'Context.verify': 'verify',
  'Context.explain': 'explain',
  'Context.history': 'history',
  'Context.stateAt': 'rows',
  'Context.stressSwitch': 'stress',
  'Data.query': 'query',
  'Data.entities': 'rows',
  'Data.rows': 'rows',
  'Data.export': 'export',
  'Conflict.list': 'conflicts',
  'Conflict.get': 'conflicts',
  'Conflict.tryStrategy': 'conflicts',
  'Conflict.resolve': 'resolve',
  'Migration.status': 'migrations',
  'Migration.rehearse': 'migrations',
  'Network.emulate': 'network',
  'Network.conditions': 'network',
  'Recorder.status': 'recorder',
  'Recorder.start': 'recorder',
  'Recorder.stop': 'recorder',
  'Recorder.preview': { none: '`recorder` says how much there is, and a saved report can be looked at' },
  'Recorder.lines': { none: 'the hub follows the steps with it' },
  'Recorder.export': 'report save',
  'Telemetry.get': 'telemetry',
  'Hub.hello': { none: 'every command begins with it' },
  'Hub.targets': 'clients',
  'Hub.recordings': 'recordings',
  'Hub.reports': 'reports',
  'Hub.openReport': 'reports',
  'Hub.audit': 'audit',
  'Hub.sessions': 'sessions',
  'Hub.pairing': { none: '`pair` asks the hub over HTTP, which gives no code to a page either' },
};

test('every method of the debug protocol has a subcommand that calls it, or says why none does', async () => {
  const sources = listFiles('cli/commands/*.ts').map((file) => readText(file));
  expect(Object.keys(CALLED_BY)).toEqual(expect.arrayContaining(Object.keys(METHODS)));
  for (const [method, by] of Object.entries(CALLED_BY)) {
    if (typeof by !== 'string') {
      expect(by.none.length, method).toBeGreaterThan(15);
      continue;
    }
    const name = by.split(' ').at(-1) ?? '';
    expect(sources.some((source) => source.includes(`new Command('${name}')`) && source.includes(`'${method}'`)), `${by} calls ${method}`).toBe(true);
    await helpOf(pathOf(subcommandOf(by)));
  }
});

test('every subcommand that lists or answers something takes --json', () => {
  const RUNS: ReadonlySet<string> = new Set(['demo', 'hub', 'server']);
  const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves));
  for (const command of program().commands.flatMap(leaves)) if (!RUNS.has(command.name())) expect(command.options.map(({ long }) => long), command.name()).toContain('--json');
});
