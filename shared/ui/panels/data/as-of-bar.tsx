import { useMemo, useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import type { ConflictRow } from '../../../protocol/debug/index.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { formatClock, formatCount, formatSecond } from '../../../views/format.ts';
import { lowerBound } from '../../../views/growing-list.ts';
import { Button, IconButton, Tick } from '../../components/controls.tsx';
import { LinkButton } from '../../components/parts.tsx';
import { useCapable, useIndex, useRefusal } from '../../state/inspector.ts';
import { AsOfMarks, type VersionMark } from './as-of-marks.tsx';

interface AsOfBarProps {
  readonly context: ContextNow;
  readonly asOf: number | null;
  readonly conflicts: readonly ConflictRow[];
  readonly comparing: boolean;
  readonly onChange: (version: number | null) => void;
  /** Compares the version with now. */
  readonly onCompare: (version: number | null) => void;
}

/** The version that rows are shown as of: now, or a past one from the log. */
export function AsOfBar({ context, asOf, conflicts, comparing, onChange, onCompare }: AsOfBarProps): ReactNode {
  const { index, revision } = useIndex();
  const can = useCapable('Context.stateAt');
  const noCompare = useRefusal('Data.query');
  const head = context.row.localVersion;
  const recorded = Math.max(0, Math.min(head, index.tracks.get(context.contextId)?.local.values[0] ?? 0));
  const [older, setOlder] = useState(false);
  const shown = asOf ?? head;
  const first = older || shown < recorded ? Math.min(1, head) : recorded;
  // What is typed or dragged stays as it is while changes arrive.
  const [draft, setDraft] = useState<number | null>(null);
  const activations = useMemo(() => activationsOf(index, context.contextId), [index, revision, context.contextId]); // eslint-disable-line react/exhaustive-deps
  if (!can) return null;
  const set = (version: number): void => {
    setDraft(null);
    onChange(version >= head ? null : Math.max(0, version));
  };
  const commit = (): void => {
    if (draft !== null) set(draft);
  };
  const at = timeOf(index, context.contextId, draft ?? shown);
  // Of now against now there is nothing to see: then the activation is what one asks about.
  const compareFrom = asOf ?? activations.findLast(({ version }) => version < head)?.version ?? Math.max(0, head - 1);
  return (
    <div className="bar sub da-asof" role="group" aria-label="As of version">
      <b>As of</b>
      <IconButton icon="chev-left" label="Previous version" onPress={() => set(shown - 1)} off={shown <= 0 ? 'This is the first' : null} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          commit();
        }}
      >
        <label className="field da-v">
          <input className="mono" aria-label="Version" inputMode="numeric" value={formatCount(draft ?? shown)} onChange={(event) => setDraft(Number(event.target.value.replaceAll(/\D/g, '')))} onBlur={commit} />
        </label>
      </form>
      <IconButton icon="chev-right" label="Next version" onPress={() => set(shown + 1)} off={asOf === null ? 'This is now' : null} />
      {at === null ? null : (
        <span className="mono t2 p2" title="When this device came to this version">
          {formatClock(at)}
        </span>
      )}
      {recorded <= 1 ? null : (
        <LinkButton className="p3" title={older ? 'The slider shows what the recording knows again' : `Versions before ${formatCount(recorded)} are older than the recording: they are asked of the server's log`} onPress={() => setOlder(!older)}>
          {older ? 'Recorded' : 'Older…'}
        </LinkButton>
      )}
      <span className="mono t3 p3 da-scr">{formatCount(first)}</span>
      <span className="da-slider">
        <AsOfMarks first={first} last={head} activations={activations} conflicts={conflicts} range={comparing && asOf !== null ? asOf : null} />
        <input className="da-range" type="range" aria-label="Version shown" min={first} max={Math.max(first + 1, head)} value={draft ?? shown} aria-valuetext={asOf === null ? `Now, ${formatCount(head)}` : `Version ${formatCount(shown)}`} onChange={(event) => setDraft(Number(event.target.value))} onPointerUp={commit} onKeyUp={commit} />
      </span>
      {asOf === null ? (
        <span className="da-nowl">
          <span className="livedot" />
          <b>Now</b>
        </span>
      ) : (
        <Button className="quiet" label="Back to now" title={`Now this device is at ${formatCount(head)}`} onPress={() => onChange(null)} />
      )}
      {noCompare !== null || head === 0 ? null : (
        <span className="p2 da-cmp">
          <Tick label="Compare with now" shown={asOf === null ? 'Compare' : 'Compare with now'} state={comparing ? 'on' : 'off'} onPress={() => onCompare(comparing ? null : compareFrom)} />
        </span>
      )}
    </div>
  );
}

/** Where the recording sees the context become active, by the version that it had. */
function activationsOf(index: EventIndex, contextId: string): readonly VersionMark[] {
  const track = index.tracks.get(contextId);
  if (track === undefined) return [];
  return track.lifecycle.places.flatMap((place, step) => {
    const version = track.lifecycle.values[step] === 'active' ? (track.local.at(place) ?? 0) : 0;
    return version > 0 ? [{ version, title: `Active since ${formatSecond(index.at[place] ?? 0)} at ${formatCount(version)}` }] : [];
  });
}

/** When the recording sees the device come to a version; null where it begins later. */
function timeOf(index: EventIndex, contextId: string, version: number): number | null {
  const local = index.tracks.get(contextId)?.local;
  if (local === undefined || version < (local.values[0] ?? Number.POSITIVE_INFINITY)) return null;
  const place = local.places[Math.min(local.places.length - 1, lowerBound(local.values, version))];
  return place === undefined ? null : (index.at[place] ?? null);
}
