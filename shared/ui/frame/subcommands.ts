// What the page can do, the command line can do: a test holds each of these commands to the real one.

/** An action that a command could not mean anything by, and why. */
interface PageOnly {
  readonly pageOnly: string;
}

/** By the id of a palette action: the command that does the same, as it is typed. An action without a line here does not compile. */
export const SUBCOMMANDS = {
  activate: 'activate CLIENT CONTEXT',
  deactivate: 'deactivate CLIENT CONTEXT --force',
  verify: 'verify CLIENT CONTEXT',
  replay: 'replay CLIENT CONTEXT --compare',
  prune: 'prune CLIENT CONTEXT --dry-run',
  forget: 'forget CLIENT CONTEXT --dry-run',
  before: { pageOnly: 'A command has no cursor in time: `events` prints what there is, in order' },
  conflict: 'events CLIENT --kind conflict --last 1',
  live: 'events CLIENT --follow',
  'go-contexts': 'contexts CLIENT',
  'go-registry': 'check CLIENT',
  'go-timeline': 'events CLIENT',
  'go-conflicts': 'conflicts CLIENT CONTEXT',
  'go-data': 'rows CLIENT CONTEXT',
  'go-network': 'network CLIENT',
  'go-storage': 'files CLIENT',
  'go-telemetry': 'telemetry CLIENT',
  'go-replay': 'history CLIENT CONTEXT',
  'go-query': 'query CLIENT CONTEXT SQL',
  emulate: 'network CLIENT --latency MS --drop PERCENT',
  stress: 'stress CLIENT',
  save: 'record CLIENT --out FILE',
  open: 'report verify FILE',
  attach: 'clients',
  theme: { pageOnly: 'A terminal has colours of its own' },
  keys: { pageOnly: 'A command has --help' },
} as const satisfies { readonly [action: string]: string | PageOnly };

export type ActionId = keyof typeof SUBCOMMANDS;
/** What the palette finds for what was typed: a place to go to, not something to do. */
export type FindingId = `ctx-${string}` | 'seq' | 'time';
