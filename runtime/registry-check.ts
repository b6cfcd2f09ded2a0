import { messageOf } from '../shared/base/app-error.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { checkCancelled } from './cancel.ts';
import { entryOf } from './control/registry-entry.ts';
import type { ControlPort, JobOptions, StoredFile } from './control.ts';
import type { FileFacts, PartitionReader } from './partition-reader.ts';
import { ServerConnection, type Reach, type Welcome } from './server-connection.ts';

export interface CheckRequest {
  /** Opens every partition for a moment, read-only. */
  readonly disk: boolean;
  /** Asks each server for a fresh WELCOME, over a connection of its own. */
  readonly server: boolean;
  readonly contextId?: string | undefined;
}

export type CheckName = 'agrees' | 'file-missing' | 'unknown-file' | 'unreadable' | 'role-differs' | 'unlisted' | 'revoked' | 'not-compared' | 'server-unreachable' | 'version-differs';

/** What was found about one context, or about a file that no row points to: the three sides, and the gravest of what does not agree. */
export interface Finding {
  readonly contextId?: string;
  readonly file?: string;
  readonly check: CheckName;
  readonly message: string;
  readonly row?: ReturnType<typeof entryOf>['row'];
  readonly disk?: { readonly file: string; readonly bytes: number } & Partial<FileFacts>;
  readonly server?: ServerSide;
}

interface ServerSide {
  readonly headVersion: number;
  readonly role: string;
  readonly logId: string;
  readonly schemaVersion: number;
}

export interface CheckParts {
  readonly control: ControlPort;
  readonly reader: PartitionReader;
  readonly reach: Reach;
}

const SERVERS_AT_ONCE = 4;
const SERVER_DEADLINE = 5_000;
const ROWS_PER_TURN = 20;

/** Row, file and server side by side. Reading changes none of them. Rejects with `CANCELLED`. */
export async function checkRegistry(parts: CheckParts, asked: CheckRequest, { signal, progress }: JobOptions = {}): Promise<readonly Finding[]> {
  const { control, reader } = parts;
  const rows = control.rows().filter((row) => asked.contextId === undefined || row.contextId === asked.contextId);
  const servers = asked.server ? await askServers(parts.reach, rows, signal) : null;
  const files = asked.disk ? control.files() : null;
  const findings: Finding[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
    await new Promise<void>((resolve) => void parts.reach.after(0, resolve));
    checkCancelled(signal);
    // As they are by now: while others had their turn the app went on.
    const now = new Map(control.rows().map((row) => [row.contextId, row]));
    for (const { contextId } of rows.slice(from, from + ROWS_PER_TURN)) {
      const row = now.get(contextId);
      if (row !== undefined) findings.push(findingOf(parts, row, files, servers?.get(row.endpoint) ?? null));
    }
    progress?.(Math.min(rows.length, from + ROWS_PER_TURN), rows.length);
  }
  if (files !== null && asked.contextId === undefined) findings.push(...strayFiles(reader, files));
  return findings;
}

/** What a server said, or why it said nothing. */
type Answer = { readonly welcome: Welcome } | { readonly reason: string };

async function askServers(reach: Reach, rows: readonly RegistryRow[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Answer>> {
  const waiting = [...new Set(rows.map(({ endpoint }) => endpoint))];
  const answers = new Map<string, Answer>();
  const ask = async (): Promise<void> => {
    for (let endpoint = waiting.shift(); endpoint !== undefined; endpoint = waiting.shift()) answers.set(endpoint, await welcomeOf(reach, endpoint, signal));
  };
  await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, ask));
  checkCancelled(signal);
  return answers;
}

async function welcomeOf(reach: Reach, endpoint: string, signal: AbortSignal | undefined): Promise<Answer> {
  try {
    const connection = await ServerConnection.open(reach, endpoint, { signal, deadlineMs: SERVER_DEADLINE });
    connection.close();
    return { welcome: connection.welcome };
  } catch (thrown) {
    return { reason: messageOf(thrown) };
  }
}

interface Issue {
  readonly check: CheckName;
  readonly text: string;
}

function findingOf(parts: CheckParts, stored: RegistryRow, files: readonly StoredFile[] | null, answer: Answer | null): Finding {
  const { row } = entryOf(parts.control, stored);
  const disk = files === null ? null : diskSide(parts.reader, stored, row, files);
  const server = answer === null ? null : serverSide(stored, row, answer);
  const issues = [...(disk?.issues ?? []), ...(server?.issues ?? [])].sort((a, b) => GRAVEST.indexOf(a.check) - GRAVEST.indexOf(b.check));
  if (answer === null && stored.listed !== 'yes') issues.push({ check: stored.listed, text: stored.listed === 'revoked' ? 'Access was revoked; it goes once its writes have gone' : 'The server no longer lists it for this user; its data stays, its sync is off' });
  if (answer === null && issues.length === 0) issues.push({ check: 'not-compared', text: files === null ? 'Neither file nor server was asked' : 'Row and file agree; the server was not asked' });
  const [first] = issues;
  return {
    contextId: stored.contextId,
    check: first?.check ?? 'agrees',
    message: first === undefined ? (files === null ? 'Row and server agree' : 'Row, file and server agree') : issues.map(({ text }) => text).join('; '),
    row: disk?.named ?? row,
    ...(disk?.side === undefined ? {} : { disk: disk.side }),
    ...(server?.side === undefined ? {} : { server: server.side }),
  };
}

const GRAVEST: readonly CheckName[] = ['file-missing', 'unreadable', 'revoked', 'unlisted', 'version-differs', 'role-differs', 'server-unreachable', 'not-compared'];

type Row = ReturnType<typeof entryOf>['row'];

interface DiskSide {
  readonly issues: readonly Issue[];
  readonly side?: NonNullable<Finding['disk']>;
  /** The row with the name of its file. */
  readonly named?: Row & { readonly partition: { readonly file: string } };
}

function diskSide(reader: PartitionReader, stored: RegistryRow, row: Row, files: readonly StoredFile[]): DiskSide {
  if (!stored.partition.present) return { issues: [] };
  const file = reader.fileOf(stored);
  const named = { ...row, partition: { ...row.partition, file } };
  const there = files.find((other) => other.file === file);
  if (there === undefined) return { issues: [{ check: 'file-missing', text: 'The registry points to a partition that is not there' }], named };
  const size = { file, bytes: there.bytes };
  try {
    const facts = reader.facts(file);
    const side = { ...size, ...facts };
    if (row.lifecycle === 'activating' || row.lifecycle === 'deactivating') return { issues: [{ check: 'not-compared', text: 'It is being opened or closed: its file was not compared' }], side, named };
    const names = ['localVersion', 'logId', 'schemaVersion', 'pendingWrites'] as const;
    const differing = names.filter((name) => row[name] !== facts[name]).map((name) => `${name} is ${row[name] ?? 'none'} in the row and ${facts[name] ?? 'none'} in the file`);
    return { issues: differing.length === 0 ? [] : [{ check: 'version-differs', text: differing.join(', ') }], side, named };
  } catch (thrown) {
    return { issues: [{ check: 'unreadable', text: `Its file cannot be read: ${messageOf(thrown)}` }], side: size, named };
  }
}

function serverSide(stored: RegistryRow, row: Row, answer: Answer): { readonly issues: readonly Issue[]; readonly side?: ServerSide } {
  if ('reason' in answer) return { issues: [{ check: 'server-unreachable', text: answer.reason }] };
  const listed = answer.welcome.contexts.find(({ contextId }) => contextId === stored.contextId);
  if (listed === undefined) {
    const revoked = answer.welcome.revoked.some(({ contextId }) => contextId === stored.contextId);
    return { issues: [revoked ? { check: 'revoked', text: 'The server has revoked access to it' } : { check: 'unlisted', text: 'The server does not list it for this user: its data stays, its sync is off' }] };
  }
  const { headVersion, role, logId, schemaVersion } = listed;
  const issues: Issue[] = [];
  if (stored.listed !== 'yes') issues.push({ check: stored.listed, text: `The row says ${stored.listed}, and the server lists it again: the next connection finds out` });
  if (stored.logId !== null && stored.logId !== logId) issues.push({ check: 'version-differs', text: `The server’s log is ${logId}, the row’s ${stored.logId}: it was restored or made anew, and the next activation starts over` });
  else if (headVersion < row.localVersion) issues.push({ check: 'version-differs', text: `The server is at ${headVersion}, behind this device at ${row.localVersion}` });
  if (role !== stored.role) issues.push({ check: 'role-differs', text: `role: ${stored.role} here, ${role} there` });
  return { issues, side: { headVersion, role, logId, schemaVersion } };
}

function strayFiles(reader: PartitionReader, files: readonly StoredFile[]): readonly Finding[] {
  return files.flatMap(({ file, bytes, kind }): Finding[] => {
    if (kind !== 'unknown' && kind !== 'aside') return [];
    const message = kind === 'aside' ? 'A damaged file that was moved aside' : 'A file that no row points to';
    return [{ file, check: 'unknown-file', message, disk: { file, bytes, ...(kind === 'unknown' ? reader.factsOfStray(file) : {}) } }];
  });
}
