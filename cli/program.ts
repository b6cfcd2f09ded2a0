import { Command, CommanderError } from 'commander';
import { activateCommand, deactivateCommand } from './commands/activate.ts';
import { callCommand } from './commands/call.ts';
import { checkCommand } from './commands/check.ts';
import { clientsCommand } from './commands/clients.ts';
import { conflictsCommand } from './commands/conflicts.ts';
import { contextsCommand } from './commands/contexts.ts';
import { demoCommand } from './commands/demo.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { filesCommand } from './commands/files.ts';
import { forgetCommand } from './commands/forget.ts';
import { historyCommand } from './commands/history.ts';
import { auditCommand, recordingsCommand, reportsCommand, sessionsCommand } from './commands/hub-lists.ts';
import { hubCommand } from './commands/hub.ts';
import { linkCommand } from './commands/link.ts';
import { migrationsCommand } from './commands/migrations.ts';
import { networkCommand } from './commands/network.ts';
import { pairCommand } from './commands/pair.ts';
import { policyCommand } from './commands/policy.ts';
import { protocolCommand } from './commands/protocol.ts';
import { pruneCommand } from './commands/prune.ts';
import { queryCommand } from './commands/query.ts';
import { recordCommand } from './commands/record.ts';
import { recorderCommand } from './commands/recorder.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { resolveCommand } from './commands/resolve.ts';
import { rowsCommand } from './commands/rows.ts';
import { serverCommand } from './commands/server.ts';
import { stressCommand } from './commands/stress.ts';
import { telemetryCommand } from './commands/telemetry.ts';
import { tokenCommand } from './commands/token.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT, lineOf, statusOf } from './exit.ts';
import { packageVersion } from './package-version.ts';

// The `contextscope` command: every subcommand is a file of its own, and loads what it needs when it runs.

const ABOUT = `See and steer clients that keep one SQLite database per tenant.

A client's agent dials the hub; the web page, the DevTools panel and these
commands look at it through the hub. CLIENT is an id, a title, or an
unambiguous beginning of either; so is CONTEXT.`;

const AFTER = `
Examples:
  $ contextscope demo                              a clinic with three devices, in the browser
  $ contextscope clients                           who is there
  $ contextscope contexts tablet-amelie            what a client has, and how far behind it is
  $ contextscope events tablet-amelie --follow     what happens, as it happens
  $ contextscope prune tablet-amelie clinic-b --dry-run

Exit status: 0 done, 1 the answer is no, 2 bad usage or unreadable input,
3 nothing reachable, 130 cancelled with Ctrl-C (a second one ends the command
at once).`;

/** The whole command line, not yet run. */
export function program(): Command {
  const root = new Command('contextscope').description(ABOUT).version(packageVersion(), '-V, --version').addHelpText('after', AFTER).showHelpAfterError('(contextscope --help says more)');
  root.configureHelp({ helpWidth: 100, sortSubcommands: false });
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    ['Run:', [demoCommand(), hubCommand(), serverCommand(), tokenCommand()]],
    ['Look:', [clientsCommand(), contextsCommand(), eventsCommand(), explainCommand(), conflictsCommand(), rowsCommand(), historyCommand(), queryCommand(), telemetryCommand(), filesCommand(), policyCommand(), migrationsCommand()]],
    ['Check:', [checkCommand(), verifyCommand(), reportCommand()]],
    ['Save:', [exportCommand(), recordCommand(), recorderCommand()]],
    ['Steer:', [activateCommand(), deactivateCommand(), pruneCommand(), forgetCommand(), replayCommand(), resolveCommand(), networkCommand(), stressCommand(), callCommand()]],
    ['The hub:', [linkCommand(), pairCommand(), sessionsCommand(), recordingsCommand(), reportsCommand(), auditCommand(), protocolCommand()]],
  ];
  for (const [heading, commands] of groups) for (const command of commands) root.addCommand(command.helpGroup(heading));
  for (const command of root.commands) command.exitOverride().showHelpAfterError(`(contextscope ${command.name()} --help says more)`);
  return root.exitOverride();
}

/** Runs a command line and returns its exit status. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const root = program();
    if (args.length === 0) {
      root.outputHelp();
      return EXIT.done;
    }
    await root.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(`${lineOf(thrown)}\n`);
    return statusOf(thrown);
  }
}
