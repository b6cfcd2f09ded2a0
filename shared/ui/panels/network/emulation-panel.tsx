import { useEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatCount } from '../../../views/format.ts';
import { ContextTags } from '../../components/context-tags.tsx';
import { Button, IconButton, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading } from '../../components/parts.tsx';
import { newCommandId, runCommand } from '../../dialogs/actions.ts';
import { useContexts, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { CALM, PRESETS, describeConditions, presetOf } from './emulation-presets.ts';
import { Effects } from './emulation-effects.tsx';

const BANDWIDTHS = [0, 64, 128, 256, 384, 512, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000] as const;
const SLIDERS = [
  { key: 'latencyMs', label: 'Latency', unit: 'ms', most: 1_000, scale: 1 },
  { key: 'jitterMs', label: 'Jitter', unit: 'ms', most: 500, scale: 1 },
  { key: 'dropRate', label: 'Loss', unit: '%', most: 20, scale: 100 },
  { key: 'duplicateRate', label: 'Duplicates', unit: '%', most: 20, scale: 100 },
  { key: 'reorderRate', label: 'Reordering', unit: '%', most: 20, scale: 100 },
  { key: 'bandwidthKbps', label: 'Bandwidth', unit: 'kbit/s', most: 10_000_000, scale: 1 },
] as const;
type Slider = (typeof SLIDERS)[number];

/** Once a person has stopped to drag, in ms. */
const SETTLED_MS = 400;

interface EmulationParts {
  readonly now: NetworkConditions | null;
  readonly frames: readonly WireFrame[];
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** A bad network, for this client only: off, or on for all contexts or for chosen ones. What is set while it is on acts at once. */
export function EmulationPanel({ now, frames, onChanged, onClose }: EmulationParts): ReactNode {
  const inspector = useInspector();
  const { contexts: filtered } = useView();
  const known = useContexts();
  const refused = useRefusal('Network.emulate');
  const stress = useRefusal('Context.stressSwitch');
  const [draft, setDraft] = useState<NetworkConditions>(() => rest(now ?? PRESETS[1]?.conditions ?? CALM));
  const [chosen, setChosen] = useState<readonly string[] | null>(() => (now === null ? (filtered.length > 0 ? filtered : null) : (now.contexts ?? null)));
  const apply = async (wanted: NetworkConditions | null): Promise<void> => {
    await runCommand(
      inspector,
      'Network.emulate',
      { commandId: newCommandId(), conditions: wanted },
      { icon: 'wifi', tone: 'c-conflict', doing: 'Changing the network', failed: 'The network was not changed' },
      ({ conditions }) => ({ title: conditions === null ? 'The network is real again' : 'The network is emulated', text: conditions === null ? '' : describeConditions(conditions) }),
    );
    onChanged();
  };
  const wanted: NetworkConditions = chosen === null ? draft : { ...draft, contexts: [...chosen] };
  const nobody = chosen?.length === 0 ? 'Choose a context first' : null;
  const isOn = now !== null;
  // What a person changed here and nobody has sent yet; what another inspector changes is shown, and never undone.
  const [edited, setEdited] = useState(false);
  const latest = useRef({ apply, wanted, edited });
  latest.current = { apply, wanted, edited };
  const key = JSON.stringify(wanted);
  useEffect(() => {
    if (!edited || !isOn || nobody !== null || refused !== null) return undefined;
    const timer = setTimeout(() => {
      setEdited(false);
      void latest.current.apply(latest.current.wanted);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key, edited, isOn, nobody, refused]);
  const told = JSON.stringify(now);
  useEffect(() => {
    const current = JSON.parse(told) as NetworkConditions | null;
    if (current === null || latest.current.edited) return;
    setDraft(rest(current));
    setChosen(current.contexts ?? null);
    // Only news counts: while something is edited, or right behind it, the last answer is older than what is shown.
  }, [told]);
  const edit = (to: { readonly draft?: NetworkConditions; readonly chosen?: readonly string[] | null }): void => {
    if (to.draft !== undefined) setDraft(to.draft);
    if (to.chosen !== undefined) setChosen(to.chosen);
    setEdited(true);
  };
  const turn = (): void => {
    // What is shown goes with this command: it is not to be sent once more when the answer has come.
    setEdited(false);
    void apply(now === null ? wanted : null);
  };
  const preset = presetOf(draft);
  const others = known.filter(({ contextId }) => chosen?.includes(contextId) !== true);
  return (
    <section className="nx-emul detail" aria-label="Network emulation" data-region>
      <div className="detail-head">
        <h2>
          <Icon name="wifi" className="c-conflict" />
          Network emulation
        </h2>
        <span className="grow" />
        <span className="t2">{now === null ? 'Off' : 'On'}</span>
        <button
          type="button"
          className="switch nx-switch"
          role="switch"
          aria-checked={now !== null}
          aria-label="Emulation on"
          aria-disabled={(refused ?? (now === null ? nobody : null)) === null ? undefined : true}
          title={refused ?? (now === null ? (nobody ?? 'Turn on') : 'Turn off')}
          onClick={() => {
            if (refused === null && (now !== null || nobody === null)) turn();
          }}
        />
        <IconButton icon="close" label={now === null ? 'Close (Esc)' : 'Close (Esc). Emulation stays on'} onPress={onClose} />
      </div>
      <div className="detail-body">
        <div className="sec nx-presets" role="radiogroup" aria-label="Profile">
          {PRESETS.map(({ name, note, conditions }) => (
            <button key={name} type="button" role="radio" aria-checked={preset?.name === name} onClick={() => edit({ draft: conditions })}>
              <b>{name}</b>
              <span className="t2">{note}</span>
            </button>
          ))}
        </div>
        <div className="sec">
          <Heading>Applies to</Heading>
          <div className="nx-who">
            <Segments label="Applies to" value={chosen === null ? 'all' : 'chosen'} onChange={(to) => edit({ chosen: to === 'all' ? null : [...filtered] })} options={[{ value: 'all', label: 'All contexts' }, { value: 'chosen', label: 'Chosen', title: 'Only frames of the contexts below' }]} />
            {chosen === null ? null : <ContextTags chosen={chosen} others={others.map(({ contextId }) => contextId)} onChosen={(next) => edit({ chosen: next })} />}
          </div>
        </div>
        <div className="sec nx-sliders">
          {SLIDERS.map((slider) => (
            <SliderRow key={slider.key} slider={slider} value={draft[slider.key]} off={draft.offline} onChange={(value) => edit({ draft: { ...draft, [slider.key]: value } })} />
          ))}
        </div>
        {now === null ? null : <Effects frames={frames} contexts={now.contexts ?? []} />}
        <p className="sec t2">Changes this client only, not the server. Kept as an event, and ends when this session ends.</p>
      </div>
      <div className="bar nx-foot">
        <Button icon="swap" label="Stress switch with this…" off={stress ?? (now === null ? 'Turn it on first' : null)} onPress={() => inspector.dialog.set({ kind: 'stress', contextIds: chosen ?? known.filter(({ row }) => row.kind === 'tenant').map(({ contextId }) => contextId) })} />
        <span className="grow" />
        {now === null ? <Button className="primary" label="Turn on" off={refused ?? nobody} onPress={turn} /> : <Button label="Turn off" off={refused} onPress={turn} />}
      </div>
    </section>
  );
}

const rest = ({ contexts: _contexts, ...conditions }: NetworkConditions): NetworkConditions => conditions;

function SliderRow({ slider, value, off, onChange }: { slider: Slider; value: number; off: boolean; onChange: (value: number) => void }): ReactNode {
  const { key, label, unit, most, scale } = slider;
  const shown = Math.round(value * scale);
  const steps = key === 'bandwidthKbps' ? BANDWIDTHS : null;
  const text = steps !== null && shown === 0 ? 'unlimited' : `${formatCount(shown)} ${unit}`;
  const at = steps === null ? Math.min(most, shown) : steps.findLastIndex((step) => step <= shown);
  const last = steps === null ? most : steps.length - 1;
  return (
    <div className="row">
      <span>{label}</span>
      <input type="range" aria-label={label} aria-valuetext={text} min={0} max={last} value={at} disabled={off} style={{ '--at': `${(100 * at) / last}%` } as CSSProperties} onChange={(event) => onChange(steps === null ? Number(event.target.value) / scale : (steps[Number(event.target.value)] ?? 0))} />
      <label className="field vf">
        <input type="number" aria-label={`${label}, ${unit}`} min={0} max={scale === 100 ? 100 : key === 'bandwidthKbps' ? most : 60_000} value={shown} disabled={off} onChange={(event) => onChange(Math.max(0, Math.min(scale === 100 ? 100 : key === 'bandwidthKbps' ? most : 60_000, Number(event.target.value) || 0)) / scale)} />
        <span className="t3">{unit}</span>
      </label>
    </div>
  );
}
