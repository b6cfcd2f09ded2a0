import { useState, type ReactNode } from 'react';
import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Button, IconButton, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading } from '../../components/parts.tsx';
import { newCommandId, runCommand } from '../../dialogs/actions.ts';
import { useInspector, useRefusal, useView } from '../../state/inspector.ts';

const CALM: NetworkConditions = { offline: false, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0 };
const PRESETS: readonly { readonly name: string; readonly note: string; readonly conditions: NetworkConditions }[] = [
  { name: 'Good 4G', note: '45 ms, 20 Mbit/s', conditions: { ...CALM, latencyMs: 45, jitterMs: 10, bandwidthKbps: 20_000 } },
  { name: 'Clinic basement', note: '250 ms, 4% loss', conditions: { ...CALM, latencyMs: 250, jitterMs: 120, dropRate: 0.04, duplicateRate: 0.01, reorderRate: 0.02, bandwidthKbps: 384 } },
  { name: 'Flaky Wi-Fi', note: '60 ms, 8% loss', conditions: { ...CALM, latencyMs: 60, jitterMs: 60, dropRate: 0.08, reorderRate: 0.04 } },
  { name: 'Offline', note: 'nothing passes', conditions: { ...CALM, offline: true } },
];
const SLIDERS = [
  { key: 'latencyMs', label: 'Latency', unit: 'ms', most: 2_000, scale: 1 },
  { key: 'jitterMs', label: 'Jitter', unit: 'ms', most: 1_000, scale: 1 },
  { key: 'dropRate', label: 'Loss', unit: '%', most: 50, scale: 100 },
  { key: 'duplicateRate', label: 'Duplicates', unit: '%', most: 50, scale: 100 },
  { key: 'reorderRate', label: 'Reordering', unit: '%', most: 50, scale: 100 },
  { key: 'bandwidthKbps', label: 'Bandwidth', unit: 'kbit/s', most: 20_000, scale: 1 },
] as const;

export function describeConditions(conditions: NetworkConditions): string {
  if (conditions.offline) return 'offline';
  const parts = [conditions.latencyMs > 0 ? `${conditions.latencyMs} ms` : '', conditions.jitterMs > 0 ? `jitter ${conditions.jitterMs} ms` : '', conditions.dropRate > 0 ? `${Math.round(conditions.dropRate * 100)}% loss` : '', conditions.bandwidthKbps > 0 ? `${formatCount(conditions.bandwidthKbps)} kbit/s` : ''];
  return parts.filter((part) => part !== '').join(', ') || 'no change';
}

/** A bad network, for this client only. */
export function EmulationPanel({ now, onChanged, onClose }: { now: NetworkConditions | null; onChanged: () => void; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { contexts } = useView();
  const refused = useRefusal('Network.emulate');
  const [draft, setDraft] = useState<NetworkConditions>(now ?? PRESETS[1]?.conditions ?? CALM);
  const [scope, setScope] = useState<'all' | 'chosen'>(now?.contexts === undefined ? 'all' : 'chosen');
  const apply = async (conditions: NetworkConditions | null): Promise<void> => {
    const { contexts: _before, ...rest } = conditions ?? CALM;
    const wanted = conditions === null ? null : scope === 'chosen' && contexts.length > 0 ? { ...rest, contexts: [...contexts] } : rest;
    await runCommand(inspector, 'Network.emulate', { commandId: newCommandId(), conditions: wanted }, { icon: 'wifi', tone: 'c-conflict', doing: 'Changing the network', failed: 'The network was not changed' }, ({ conditions: after }) => ({ title: after === null ? 'The network is real again' : 'The network is emulated', text: after === null ? '' : describeConditions(after) }));
    onChanged();
  };
  return (
    <section className="nx-emul detail" aria-label="Network emulation" data-region>
      <div className="detail-head">
        <h2>
          <Icon name="wifi" className="c-conflict" />
          Network emulation
        </h2>
        <span className="grow" />
        <IconButton icon="close" label="Close (E)" onPress={onClose} />
      </div>
      <div className="detail-body">
        <div className="sec nx-presets">
          {PRESETS.map(({ name, note, conditions }) => (
            <button key={name} type="button" className={describeConditions(conditions) === describeConditions(draft) ? 'is-selected' : ''} aria-pressed={describeConditions(conditions) === describeConditions(draft)} onClick={() => setDraft(conditions)}>
              <b>{name}</b>
              <span className="t2 xs">{note}</span>
            </button>
          ))}
        </div>
        <div className="sec">
          <Heading>Applies to</Heading>
          <Segments label="Applies to" value={scope} onChange={setScope} options={[{ value: 'all', label: 'All contexts' }, { value: 'chosen', label: contexts.length === 0 ? 'Filtered ones' : plural(contexts.length, 'context'), title: 'Those that the context filter keeps' }]} />
        </div>
        <div className="sec nx-sliders">
          {SLIDERS.map(({ key, label, unit, most, scale }) => (
            <label key={key}>
              <span>{label}</span>
              <input type="range" aria-label={label} min={0} max={most} value={Math.round(draft[key] * scale)} disabled={draft.offline} onChange={(event) => setDraft({ ...draft, [key]: Number(event.target.value) / scale })} />
              <span className="num">
                {formatCount(Math.round(draft[key] * scale))} <span className="t3">{unit}</span>
              </span>
            </label>
          ))}
        </div>
        <div className="sec">
          <p className="t2">Changes this client only, not the server. Recorded as an event, and ends when this session ends.</p>
          <p className="t2">{now === null ? 'The network is real now.' : `Now: ${describeConditions(now)}.`}</p>
        </div>
      </div>
      <div className="bar nx-foot">
        <span className="grow" />
        <Button label="Turn off" off={refused ?? (now === null ? 'It is off' : null)} onPress={() => void apply(null)} />
        <Button className="primary" label={now === null ? 'Turn on' : 'Change'} off={refused} onPress={() => void apply(draft)} />
      </div>
    </section>
  );
}
