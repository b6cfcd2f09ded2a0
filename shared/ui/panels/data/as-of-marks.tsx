import { useMemo, type ReactNode } from 'react';
import type { ConflictRow } from '../../../protocol/debug/index.ts';
import { formatCount } from '../../../views/format.ts';

export interface VersionMark {
  readonly version: number;
  readonly title: string;
}

/** More than these would stand on each other. */
const MOST = 120;

/** What the slider runs over: ticks where the context became active, above them the conflicts that are kept, and the stretch that is compared. */
export function AsOfMarks({ first, last, activations, conflicts, range }: { first: number; last: number; activations: readonly VersionMark[]; conflicts: readonly ConflictRow[]; range: number | null }): ReactNode {
  const met = useMemo(() => versionsOf(conflicts), [conflicts]);
  const isShown = ({ version }: VersionMark): boolean => version >= first && version <= last;
  const left = (version: number): string => `${((100 * (version - first)) / Math.max(1, last - first)).toFixed(2)}%`;
  return (
    <span className="da-marks" aria-hidden="true">
      <i className="tr" />
      {range === null ? null : <i className="da-rng" style={{ left: left(Math.max(first, range)) }} />}
      {activations.filter(isShown).slice(-MOST).map(({ version, title }) => (
        <i key={version} className="ac" style={{ left: left(version) }} title={title} />
      ))}
      {met.filter(isShown).slice(0, MOST).map(({ version, title }) => (
        <i key={version} className="cf" style={{ left: left(version) }} title={title} />
      ))}
    </span>
  );
}

function versionsOf(conflicts: readonly ConflictRow[]): readonly VersionMark[] {
  const counts = new Map<number, number>();
  for (const { theirVersion } of conflicts) if (theirVersion !== null) counts.set(theirVersion, (counts.get(theirVersion) ?? 0) + 1);
  return [...counts].map(([version, count]) => ({ version, title: `${count === 1 ? 'Conflict' : `${formatCount(count)} conflicts`} at ${formatCount(version)}` }));
}
