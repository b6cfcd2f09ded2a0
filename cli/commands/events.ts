import { Command, Option } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { deferred } from '../../shared/base/deferred.ts';
import { EVENT_KINDS } from '../../shared/core/events.ts';
import type { DebugEvent, EventParams } from '../../shared/protocol/debug/index.ts';
import { printable } from '../exit.ts';
import { chooseContext, openClient } from '../hub-access.ts';
import { examples, several, whole, withHub, type HubFlags } from '../options.ts';
import { print, remark, time } from '../output.ts';

interface Flags extends HubFlags {
  readonly context?: string;
  readonly kind?: readonly string[];
  readonly follow?: boolean;
  readonly frames?: boolean;
  readonly last?: number;
}

/** What the hub may send before it was printed. */
const CREDIT = 4_194_304;

export function eventsCommand(): Command {
  const command = new Command('events')
    .description('Print the events of a client that the hub has recorded, and go on with --follow')
    .argument('<client>', 'id, title, or the beginning of one')
    .option('--context <context>', 'only events of this context')
    .addOption(new Option('--kind <kinds>', `only these kinds, with commas: ${EVENT_KINDS.join(', ')}`).argParser(several))
    .option('--last <n>', 'only the newest n of what is recorded', whole(0, 10_000_000))
    .option('-f, --follow', 'go on with what happens, until Ctrl-C')
    .option('--frames', 'the frames of the wire too')
    .option('--json', 'one JSON object a line');
  return examples(withHub(command), ['events tablet-amelie --last 20', 'events tablet-amelie --context clinic-b --kind conflict,error --follow', 'events tablet-amelie --json > events.jsonl']).action(printEvents);
}

async function printEvents(wanted: string, flags: Flags): Promise<void> {
  const unknown = flags.kind?.find((kind) => !(EVENT_KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined) throw new AppError('USAGE', `There is no kind of event ${JSON.stringify(unknown)}`, { hint: `There are ${EVENT_KINDS.join(', ')}.` });
  const done = deferred<void>();
  const held: string[] = [];
  let context: string | null = null;
  let isLive = false;
  const show = (line: string): void => {
    if (isLive || flags.last === undefined) return print(line);
    held.push(line);
    if (held.length > flags.last) held.shift();
  };
  const took = ({ runId, events, dropped = [] }: EventParams<'Client.events'>): void => {
    for (const { fromSeq, toSeq, reason } of dropped) remark(`${toSeq - fromSeq + 1} events are missing here (${printable(reason)})`);
    for (const event of events) if (isWanted(event, context, flags)) show(flags.json === true ? JSON.stringify({ runId, ...event }) : lineOfEvent(event));
    if (events.length > 0 || dropped.length > 0 || isLive) return;
    // The empty batch: that was all there is.
    isLive = true;
    for (const line of held) print(line);
    if (flags.follow !== true) done.resolve();
  };
  const client = await openClient(flags, wanted, {
    event(event, params) {
      if (event === 'Client.events') {
        took(params as EventParams<'Client.events'>);
        void client.call('Client.credit', { bytes: CREDIT }).catch(() => undefined);
      }
      if (event === 'Hub.client') remark((params as EventParams<'Hub.client'>).connected ? 'The client is back' : 'The client is gone');
    },
    closed: (reason) => done.reject(new AppError('CLIENT_GONE', `The hub ended the connection: ${printable(reason)}`)),
  });
  const stop = (): void => done.resolve();
  process.once('SIGINT', stop);
  try {
    context = flags.context === undefined ? null : await chooseContext(client, flags.context);
    await client.call('Client.credit', { bytes: CREDIT });
    await client.call('Client.enable', { sinceSeq: 0, frames: flags.frames === true });
    await done.promise;
  } finally {
    process.removeListener('SIGINT', stop);
    client.close();
  }
}

function isWanted(event: DebugEvent, context: string | null, { kind }: Flags): boolean {
  return (context === null || event.contextId === context) && (kind === undefined || kind.includes(event.kind));
}

function lineOfEvent(event: DebugEvent): string {
  const versions = event.toVersion === undefined ? (event.fromVersion === undefined ? '' : `at ${event.fromVersion}`) : `${event.fromVersion ?? '?'} → ${event.toVersion}`;
  const row = event.entity === undefined ? '' : `${event.entity}/${event.entityId ?? ''}`;
  const data = Object.entries(event.data).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const parts = [String(event.seq).padStart(7), time(event.at, true), event.kind.padEnd(10), (event.contextId ?? '').padEnd(14), versions, row, ...data].filter((part) => part !== '');
  return printable(parts.join('  '));
}
