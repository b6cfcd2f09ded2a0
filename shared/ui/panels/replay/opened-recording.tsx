import type { ReactNode } from 'react';
import { EVENT_KINDS } from '../../../core/events.ts';
import { formatBytes, formatCount, formatSecond, formatStretch, plural } from '../../../views/format.ts';
import { recordingSummary } from '../../../views/recording-summary.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { Heading, KindIcon, Name } from '../../components/parts.tsx';
import { useIndex, useInspector } from '../../state/inspector.ts';
import { BINDINGS, modKey } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import { MakeTest } from './make-test.tsx';

/** Summary of the recording that every panel shows, and steps through it. */
export function OpenedRecording({ name }: { name: string }): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const { recordingBytes } = useStore(inspector.session.traffic);
  const { value, error } = useRead(`summary ${name}`, recordingSummary, false);
  const place = inspector.place();
  const notes = value?.meta.get('notes') ?? '';
  const policy = value?.meta.get('redaction') ?? '';
  return (
    <section className="detail" aria-label={name}>
      <div className="detail-head">
        <h2>
          <Icon name="file" className="c-accent" />
          <Name text={name} most={100} />
        </h2>
        {notes === '' ? null : (
          <span className="t2 clip">
            “<Name text={notes} most={200} />”
          </span>
        )}
        <span className="grow" />
        <MakeTest className="p2" />
        <Button icon="download" label="Save a copy…" kbd={modKey('E')} onPress={() => void inspector.saveRecording()} />
      </div>
      {error !== null ? (
        <div className="sec c-error" role="alert">
          {error}
        </div>
      ) : value === null ? null : (
        <div className="detail-body">
          <div className="rp-sum">
            <dl className="kv">
              <dt>Device</dt>
              <dd>
                <Name text={[value.device, value.platform, value.locale].filter((part) => part !== '').join(', ') || '–'} most={120} />
              </dd>
              <dt>App</dt>
              <dd>
                <Name text={[value.app, value.runtimeVersion === '' ? '' : `runtime ${value.runtimeVersion}`].filter((part) => part !== '').join(', ') || '–'} most={120} />
              </dd>
            </dl>
            <dl className="kv">
              <dt>Range</dt>
              <dd>
                <span className="mono">{value.firstAt === null || value.lastAt === null ? '–' : `${formatSecond(value.firstAt)} to ${formatSecond(value.lastAt)}`}</span> <span className="t2">{value.firstAt === null || value.lastAt === null ? '' : formatStretch(value.lastAt - value.firstAt)}</span>
              </dd>
              <dt>Events</dt>
              <dd>
                {formatCount(value.events)} <span className="t2 mono">{value.firstSeq === null || value.lastSeq === null ? '' : `seq ${formatCount(value.firstSeq)} to ${formatCount(value.lastSeq)}`}</span> <span className="t2">{value.runs > 1 ? `in ${formatCount(value.runs)} runs` : ''}</span>
              </dd>
            </dl>
            <dl className="kv">
              <dt>Contexts</dt>
              <dd>
                {formatCount(value.contexts)}
                {value.schemaVersion === null ? '' : `, schema ${formatCount(value.schemaVersion)}`}
              </dd>
              <dt>Gaps</dt>
              <dd className={value.gaps > 0 ? 'c-pending' : ''}>{value.gaps === 0 ? 'None' : `${formatCount(value.gaps)}, ${plural(value.missing, 'event')} missing`}</dd>
            </dl>
            <dl className="kv">
              <dt>Redaction</dt>
              <dd>{policy === '' ? { full: 'none, values as they were', structure: 'structure only', redacted: 'values replaced' }[value.valuePolicy] ?? 'not told' : <Name text={policy} most={80} />}</dd>
              <dt>Holds</dt>
              <dd>
                {recordingBytes > 0 ? `${formatBytes(recordingBytes)}, ` : ''}
                {plural(value.steps, 'step')}, {plural(value.preimages, 'preimage')}
              </dd>
            </dl>
          </div>
          <div className="rp-v2" role="group" aria-label="Step through the recording">
            <Stepper keys={[',', '.']} label="Event" icon={null} />
            <Stepper keys={['[', ']']} label="Activation" icon="ev-lifecycle" />
            <Stepper keys={['{', '}']} label="Conflict" icon="ev-conflict" />
            <span className="t2">
              {formatSecond(index.at[place] ?? 0)}, <span className="mono">seq {formatCount(index.seq[place] ?? 0)}</span>, event {formatCount(place + 1)} of {formatCount(index.length)}
            </span>
          </div>
          <div className="cols rp-what">
            <section aria-label="What it tells">
              <Heading>What it tells</Heading>
              <ul className="rp-kinds">
                {EVENT_KINDS.map((kind) => ({ kind, count: index.ofKind(kind).length })).filter(({ count }) => count > 0).map(({ kind, count }) => (
                  <li key={kind}>
                    <KindIcon kind={kind} />
                    <span>{kind}</span>
                    <span className="num">{formatCount(count)}</span>
                  </li>
                ))}
              </ul>
            </section>
            <section aria-label="Redaction">
              <Heading note={value.redactions.length === 0 ? undefined : `${plural(value.redactions.reduce((sum, { count }) => sum + count, 0), 'value')} changed`}>Redaction</Heading>
              {value.redactions.length === 0 ? (
                <p className="t2">Nothing was taken out of this file.</p>
              ) : (
                <dl className="rp-red">
                  {value.redactions.map(({ rule, paths, count }) => (
                    <div key={rule}>
                      <dt>
                        <Name text={rule} most={60} />
                      </dt>
                      <dd className="t2">{plural(paths, 'path')}</dd>
                      <dd className="num">{formatCount(count)}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </section>
          </div>
        </div>
      )}
    </section>
  );
}

/** Back and on by one of its kind: the same as its two keys. */
function Stepper({ keys: [back, on], label, icon }: { keys: readonly [back: string, on: string]; label: string; icon: IconName | null }): ReactNode {
  const inspector = useInspector();
  const go = (key: string) => (): void => BINDINGS.find(({ keys }) => keys.includes(key))?.run?.(inspector, key);
  return (
    <span className="rp-pill">
      <IconButton icon="chev-left" label={`${label} before (${back})`} onPress={go(back)} />
      <kbd aria-hidden="true">{back}</kbd>
      <span>
        {icon === null ? null : <Icon name={icon} className={icon === 'ev-conflict' ? 'c-conflict' : 'c-active'} />}
        {label}
      </span>
      <kbd aria-hidden="true">{on}</kbd>
      <IconButton icon="chev-right" label={`${label} after (${on})`} onPress={go(on)} />
    </span>
  );
}
