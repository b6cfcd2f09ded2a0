import { useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount } from '../../../views/format.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { useCapable, useIndex } from '../../state/inspector.ts';

/** The version that rows are shown as of: now, or a past one from the log. */
export function AsOfBar({ context, asOf, onChange }: { context: ContextNow; asOf: number | null; onChange: (version: number | null) => void }): ReactNode {
  const { index } = useIndex();
  const can = useCapable('Context.stateAt');
  const head = context.row.localVersion;
  const first = Math.max(0, Math.min(head, index.tracks.get(context.contextId)?.local.values[0] ?? 0));
  const shown = asOf ?? head;
  // What is typed or dragged stays as it is while changes arrive.
  const [draft, setDraft] = useState<number | null>(null);
  if (!can) return null;
  const set = (version: number): void => {
    setDraft(null);
    onChange(version >= head ? null : Math.max(0, version));
  };
  const commit = (): void => {
    if (draft !== null) set(draft);
  };
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
      <span className="mono t3 p3">{formatCount(first)}</span>
      <input className="da-range" type="range" aria-label="Version shown" min={first} max={Math.max(first + 1, head)} value={draft ?? shown} aria-valuetext={asOf === null ? `Now, ${formatCount(head)}` : `Version ${formatCount(shown)}`} onChange={(event) => setDraft(Number(event.target.value))} onPointerUp={commit} onKeyUp={commit} />
      {asOf === null ? (
        <span className="da-nowl">
          <span className="livedot" />
          <b>Now</b>
        </span>
      ) : (
        <Button label="Back to now" onPress={() => onChange(null)} />
      )}
    </div>
  );
}
