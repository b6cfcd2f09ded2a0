import type { ReactNode } from 'react';
import { formatClock, formatCount } from '../../../views/format.ts';
import type { ListedConflict, OwnVersion } from '../../../views/own-versions.ts';
import type { Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';

const none = <span className="t3">–</span>;
const WINNER_TONES: { readonly [winner: string]: string } = { mine: 'c-local', theirs: 'c-remote', merged: '' };

/** `loud`: the device that causes most of them. */
export const conflictColumns = (loud: string): readonly Column<ListedConflict>[] => [
  { id: 'seq', header: 'Seq', priority: 3, numeric: true, width: 64, className: 'mono', sort: ({ place }) => place, cell: ({ seq }) => <span className="t2">{formatCount(seq)}</span> },
  { id: 'time', header: 'Time', width: 104, className: 'cf-ct', sort: ({ at }) => at, cell: ({ at }) => <Time at={at} /> },
  { id: 'context', header: 'Context', priority: 2, width: 88, sort: ({ contextId }) => contextId, cell: ({ contextId }) => <Name text={contextId} most={60} /> },
  { id: 'row', header: 'Entity/id', width: 176, className: 'mono cf-ce', sort: ({ entity, entityId }) => `${entity}/${entityId}`, cell: ({ entity, entityId }) => <><span className="t2"><Name text={entity} most={40} />/</span><Name text={entityId} most={60} /></> },
  { id: 'fields', header: 'In conflict', priority: 2, className: 'mono', cell: ({ fields, code, isOverDelete }) => (code !== '' ? <span className="c-error">{code}</span> : isOverDelete ? <span className="c-conflict">deleted against updated</span> : fields.length === 0 ? none : <Name text={fields.map((field) => (field === '*' ? 'whole row' : field)).join(', ')} most={120} />) },
  { id: 'strategy', header: 'Strategy', priority: 3, width: 74, sort: ({ strategy }) => strategy, cell: ({ strategy }) => strategy || none },
  { id: 'winner', header: 'Winner', width: 74, sort: ({ winner }) => winner, cell: ({ winner, state }) => (state === 'rejected' ? <span className="c-error">not kept</span> : state === 'open' ? <span className="t3">none yet</span> : <span className={WINNER_TONES[winner] ?? ''}>{winner}</span>) },
  { id: 'device', header: 'Other device', priority: 3, width: 140, className: 'mono', sort: ({ theirDevice }) => theirDevice, cell: ({ theirDevice }) => (theirDevice === '' ? none : <Name text={theirDevice} most={60} className={theirDevice === loud ? 'c-conflict' : 't2'} />) },
  { id: 'base', header: 'Base', priority: 4, numeric: true, width: 62, className: 'mono', sort: ({ baseVersion }) => baseVersion ?? 0, cell: ({ baseVersion }) => (baseVersion === null ? none : formatCount(baseVersion)) },
  { id: 'mine', header: 'Mine', priority: 4, numeric: true, width: 66, className: 'mono', sort: ({ mine }) => (mine === 'pending' ? Number.MAX_SAFE_INTEGER : (mine ?? 0)), cell: ({ mine }) => <Mine version={mine} /> },
  { id: 'theirs', header: 'Theirs', priority: 4, numeric: true, width: 66, className: 'mono', sort: ({ theirVersion }) => theirVersion ?? 0, cell: ({ theirVersion }) => (theirVersion === null ? none : formatCount(theirVersion)) },
  { id: 'state', header: <span className="w">State</span>, name: 'State', width: 92, className: 'cf-cs', sort: ({ state }) => state, cell: ({ state }) => <State state={state} /> },
];

/** A narrow list has no room for the ms. */
function Time({ at }: { at: number }): ReactNode {
  const [seconds = '', ms = ''] = formatClock(at).split('.');
  return (
    <span className="mono">
      {seconds}
      <span className="ms">.{ms}</span>
    </span>
  );
}

function Mine({ version }: { version: OwnVersion }): ReactNode {
  if (version === 'pending') return <span className="c-pending">pending</span>;
  return version === null ? <span className="t3" title="Nothing of mine is in the log, or it is not known">–</span> : formatCount(version);
}

const STATES = {
  open: { icon: 'ev-conflict', tone: 'c-conflict', icons: 'c-conflict', words: 'open' },
  rejected: { icon: 'ev-error', tone: 'c-error', icons: 'c-error', words: 'rejected' },
  'by-hand': { icon: 'edit', tone: '', icons: 'c-accent', words: 'by hand' },
} as const;

/** In a narrow list the word is for who hears it only. */
function State({ state }: { state: string }): ReactNode {
  const known = Object.hasOwn(STATES, state) ? STATES[state as keyof typeof STATES] : null;
  return (
    <span className={`cf-st ${known?.tone ?? 't2'}`} title={known?.words}>
      {known === null ? null : <Icon name={known.icon} className={known.icons} />}
      <span className="w">{known?.words ?? 'automatic'}</span>
    </span>
  );
}
