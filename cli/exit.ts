import { AppError, codeOf, messageOf } from '../shared/base/app-error.ts';

/** What the command's exit status says. `cancelled` is what a shell gives for Ctrl-C. */
export const EXIT = { done: 0, no: 1, usage: 2, unreachable: 3, cancelled: 130 } as const;

const UNREACHABLE: ReadonlySet<string> = new Set(['UNREACHABLE', 'CLIENT_GONE', 'TIMEOUT', 'DATABASE_UNREACHABLE']);
const USAGE: ReadonlySet<string> = new Set([
  'USAGE',
  'BAD_PARAMS',
  'BAD_MESSAGE',
  'BAD_VALUE',
  'BAD_HOST',
  'UNKNOWN_METHOD',
  'UNKNOWN_CLIENT',
  'UNKNOWN_CONTEXT',
  'DATA_DIR',
  'DATABASE_AHEAD',
  'DIRECTORY_IN_USE',
  'HUB_RUNNING',
  'PORT_IN_USE',
  'NOT_LOOPBACK',
  'NOT_FOUND',
  'NOT_MIGRATED',
  'NOT_A_DATABASE',
  'NOT_A_RECORDING',
  'DAMAGED_RECORDING',
  'NEWER_FORMAT',
  'PROTOCOL_VERSION',
  'UNSAFE_ROLE',
  'WEAK_SECRET',
]);

export function statusOf(thrown: unknown): number {
  const code = codeOf(thrown);
  if (code === 'CANCELLED') return EXIT.cancelled;
  if (UNREACHABLE.has(code)) return EXIT.unreachable;
  return USAGE.has(code) ? EXIT.usage : EXIT.no;
}

/** The way out of what a client or the hub answers: an error that came over the wire has a code and a sentence. */
const HINTS: { readonly [code: string]: string } = {
  NO_PARTITION: '`contextscope activate` fetches it.',
  CONTEXT_INACTIVE: '`contextscope activate` it first.',
  BEHIND: '`contextscope activate` it, and try again once it is live.',
  OFFLINE: '`contextscope network` says how its sockets stand.',
  MASKED: 'Its app starts the agent with the value policy `full`, in development.',
  READ_ONLY: 'On the hub’s machine, `contextscope pair --control` lets a session change clients.',
  RETRY: 'Run it again.',
  CLIENT_GONE: '`contextscope clients` says who is connected.',
};

/** One line for a person: what is wrong and the way out. A bug keeps its stack, because somebody has to find it. */
export function lineOf(thrown: unknown): string {
  if (!(thrown instanceof AppError)) return thrown instanceof Error && codeOf(thrown) === 'INTERNAL' ? `contextscope: ${thrown.stack ?? thrown.message}` : `contextscope: ${messageOf(thrown)}`;
  const hint = thrown.hint ?? HINTS[thrown.code];
  const text = hint === undefined ? thrown.message : `${thrown.message.replace(/\.$/, '')}. ${hint}`;
  return `contextscope: ${printable(text)}`;
}

/** Text of somebody else, safe for a terminal: control characters and line breaks are shown, not obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => (char === '\t' ? ' ' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`));
}
