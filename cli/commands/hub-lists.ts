import { Command } from 'commander';
import { withHubItself } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, printJson, printTable, time } from '../output.ts';

// What the hub itself keeps: recordings, reports, who is attached, what was done.

export function recordingsCommand(): Command {
  const command = new Command('recordings').description('List the recordings that the hub keeps, one per client');
  return examples(withJson(withHub(command)), ['recordings']).action(async (flags: HubFlags) => {
    await withHubItself(flags, async (hub) => {
      const { recordings } = await hub.call('Hub.recordings', {});
      if (flags.json === true) return printJson(recordings);
      printTable(['file', 'client', 'events', 'bytes', 'from', 'to'], recordings.map((one) => [one.file, one.clientId, one.events, bytes(one.bytes), time(one.firstAt), time(one.lastAt)]), 'The hub has recorded nothing yet.');
    });
  });
}

export function reportsCommand(): Command {
  const command = new Command('reports').description('List the reports that apps have sent to the hub, or tell what one holds').argument('[file]', 'check this one, and tell what it holds');
  return examples(withJson(withHub(command)), ['reports', 'reports 2026-11-25-tablet-amelie.ctxscope']).action(async (file: string | undefined, flags: HubFlags) => {
    await withHubItself(flags, async (hub) => {
      if (file === undefined) {
        const { reports } = await hub.call('Hub.reports', {});
        if (flags.json === true) return printJson(reports);
        return printTable(['file', 'bytes', 'received'], reports.map((one) => [one.file, bytes(one.bytes), time(one.receivedAt)]), 'No report came in.');
      }
      const report = await hub.call('Hub.openReport', { file });
      if (flags.json === true) return printJson(report);
      printTable(
        ['report', report.file],
        [
          ['clients', report.clients.map(({ title, app }) => `${title} (${app})`).join(', ')],
          ['contexts', report.contexts.join(', ')],
          ['events', report.events],
          ['steps', report.steps],
          ['gaps', report.gaps],
          ['from', time(report.firstAt)],
          ['to', time(report.lastAt)],
          ['bytes', bytes(report.bytes)],
        ],
        '',
      );
    });
  });
}

export function sessionsCommand(): Command {
  const command = new Command('sessions').description('List who is attached to the hub, with which right and from where');
  return examples(withJson(withHub(command)), ['sessions']).action(async (flags: HubFlags) => {
    await withHubItself(flags, async (hub) => {
      const { sessions } = await hub.call('Hub.sessions', {});
      if (flags.json === true) return printJson(sessions);
      printTable(['session', 'name', 'mode', 'client', 'since', 'from'], sessions.map((one) => [one.sessionId, one.name, one.mode, one.clientId, time(one.since), one.remote]), 'Nobody is attached.');
    });
  });
}

export function auditCommand(): Command {
  const command = new Command('audit').description('List what control sessions did, newest first').option('--limit <n>', 'at most so many', whole(1, 10_000), 200);
  return examples(withJson(withHub(command)), ['audit --limit 20', 'audit --json']).action(async (flags: HubFlags & { limit: number }) => {
    await withHubItself(flags, async (hub) => {
      const { entries } = await hub.call('Hub.audit', { limit: flags.limit });
      if (flags.json === true) return printJson(entries);
      printTable(['time', 'by', 'client', 'method', 'outcome', 'params'], entries.map((one) => [time(one.at), one.by, one.clientId, one.method, one.outcome, JSON.stringify(one.params)]), 'Nothing was done yet.');
    });
  });
}
