import { useRef, useState, type ReactNode } from 'react';
import { THRESHOLD_IDS, THRESHOLDS, type Limits, type Measured, type ThresholdId } from '../../../views/thresholds.ts';
import { Icon } from '../../components/icon.tsx';
import { LinkButton } from '../../components/parts.tsx';
import { Menu } from '../../components/popover.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';

/** The limits, each with what is over it now; what is typed is kept. */
export function ThresholdsMenu({ limits, over }: { limits: Limits; over: readonly Measured[] }): ReactNode {
  const { settings } = useInspector();
  const set = useStore(settings).limits;
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const at = button.current?.getBoundingClientRect();
  const crossed = new Set(over.map(({ id }) => id)).size;
  const keep = (id: ThresholdId, value: number): void => settings.update((before) => ({ ...before, limits: { ...before.limits, [id]: value } }));
  return (
    <>
      <button ref={button} type="button" className="btn quiet" aria-expanded={open} title={`${THRESHOLD_IDS.length} thresholds, ${crossed} crossed`} onClick={() => setOpen((before) => !before)}>
        <Icon name="alert" />
        <span>Thresholds</span>
        {crossed === 0 ? null : <b className="tag tint-error">{crossed}</b>}
      </button>
      {open ? (
        <Menu label="Thresholds" className="tm-limits" anchor={button} style={{ top: (at?.bottom ?? 0) + 4, right: Math.max(8, globalThis.innerWidth - (at?.right ?? 0)) }} onClose={() => setOpen(false)}>
          {THRESHOLD_IDS.map((id) => (
            <Limit key={id} id={id} value={limits[id]} over={over.filter((measured) => measured.id === id)} onChange={(value) => keep(id, value)} />
          ))}
          <div className="st-mrow">
            <span className="t2">Kept in this browser; nothing acts on them.</span>
            <span className="grow" />
            {Object.keys(set).length === 0 ? null : <LinkButton onPress={() => settings.update((before) => ({ ...before, limits: {} }))}>As they were</LinkButton>}
          </div>
        </Menu>
      ) : null}
    </>
  );
}

function Limit({ id, value, over, onChange }: { id: ThresholdId; value: number; over: readonly Measured[]; onChange: (value: number) => void }): ReactNode {
  const { title, of, unit } = THRESHOLDS[id];
  const [text, setText] = useState<string | null>(null);
  return (
    <label className="st-mrow">
      <span>{title}</span>
      <span className="t2">{of}</span>
      <span className="grow" />
      {over.length === 0 ? null : <span className="tag tint-error">{over.length}</span>}
      <span className="field tm-limit">
        <input
          aria-label={`${title}, ${of}`}
          inputMode="decimal"
          value={text ?? String(value)}
          onChange={(event) => {
            setText(event.target.value);
            const typed = Number(event.target.value);
            if (Number.isFinite(typed) && typed > 0) onChange(typed);
          }}
          onBlur={() => setText(null)}
        />
        <span className="t3">{unit}</span>
      </span>
    </label>
  );
}
