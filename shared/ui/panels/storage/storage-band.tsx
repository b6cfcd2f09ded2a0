import { useMemo, useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, plural } from '../../../views/format.ts';
import { leftByLimit, type StorageLine, type StoragePlan } from '../../../views/storage-plan.ts';
import { LinkButton, Name } from '../../components/parts.tsx';
import { axis, MOST_DAYS } from './axis.ts';
import { LimitDrag, LimitSlider } from './limit-drag.tsx';

interface BandProps {
  readonly plan: StoragePlan;
  readonly contexts: readonly ContextNow[];
  readonly now: number;
  readonly limit: number;
  readonly quota: number | null;
  /** Whether the rule is another than that of the app. */
  readonly changed: boolean;
  readonly onLimit: (days: number) => void;
  readonly onQuota: (bytes: number | null) => void;
  readonly onPolicy: () => void;
}

const KINDS: readonly { readonly name: string; readonly tone: string; readonly holds: (line: StorageLine) => boolean }[] = [
  { name: 'ambient', tone: 'bg-ambient', holds: ({ context }) => context.row.kind === 'ambient' },
  { name: 'open', tone: 'bg-active', holds: ({ context: { row, status } }) => row.kind === 'tenant' && status.lifecycle !== 'dormant' },
  { name: 'recent', tone: 'bg-dormant', holds: ({ context: { row, status }, fate }) => row.kind === 'tenant' && status.lifecycle === 'dormant' && fate === 'kept' },
  { name: 'blocked', tone: 'bg-pending', holds: ({ fate }) => fate === 'blocked' },
  { name: 'goes', tone: 'bg-prune', holds: ({ fate }) => fate === 'goes' },
];

/** What tells one context from its neighbours in few letters. */
const shortName = (contextId: string): string => contextId.split(/[-_/.]/).at(-1)?.slice(0, 6) ?? '';

/** The quota now and after, what each limit would leave, and the rule in numbers. */
export function StorageBand({ plan, contexts, now, limit, quota, changed, onLimit, onQuota, onPolicy }: BandProps): ReactNode {
  const { used, goes, blocked, lines } = plan;
  const whole = Math.max(quota ?? 0, used, 1);
  const share = (bytes: number): string => `${(100 * bytes) / whole}%`;
  const parts = KINDS.map(({ name, tone, holds }) => ({ name, tone, lines: lines.filter((line) => line.bytes > 0 && holds(line)).toSorted((a, b) => b.bytes - a.bytes) }));
  const steps = useMemo(() => leftByLimit(contexts, now, MOST_DAYS), [contexts, now]);
  const y = (left: number): number => 4 + 52 * (1 - left / Math.max(1, used));
  const path = steps.map(({ days, left }, index) => `${index === 0 ? 'M' : 'H'}${(axis(days) * 10).toFixed(1)}${index === 0 ? ` ${y(left).toFixed(1)}` : `V${y(left).toFixed(1)}`}`).join('');
  const matching = lines.filter(({ fate }) => fate === 'goes' || fate === 'blocked');
  const stopped = lines.filter(({ fate }) => fate === 'blocked');
  return (
    <div className="so-band">
      <div className="so-l">
        <p className="so-head">
          <span className="xl strong">{formatBytes(used)}</span>
          <span className="t2">{quota === null ? 'in use, no quota' : `of ${formatBytes(quota)} quota, ${Math.round((100 * used) / quota)}%`}</span>
        </p>
        <div className="so-q">
          {(['Now', 'After'] as const).map((when) => (
            <div key={when} className="cf-try-line">
              <span className="t2">{when}</span>
              <div className="so-qb" role="img" aria-label={`${formatBytes(when === 'Now' ? used : used - goes)} ${when.toLowerCase()}`}>
                {parts.map(({ name, tone, lines: inside }) =>
                  when === 'After' && name === 'goes'
                    ? null
                    : inside.map(({ context: { contextId }, bytes }) => (
                        <i key={contextId} className={`so-seg ${tone}`} style={{ width: share(bytes) }} title={`${contextId.slice(0, 80)}, ${formatBytes(bytes)}`}>
                          {bytes > whole / 14 ? <span>{shortName(contextId)}</span> : null}
                        </i>
                      )),
                )}
              </div>
              <b>{formatBytes(when === 'Now' ? used : used - goes)}</b>
            </div>
          ))}
        </div>
        <div className="legend so-leg">
          {parts.filter(({ lines: inside }) => inside.length > 0).map(({ name, tone, lines: inside }) => (
            <span key={name}>
              <i className={`sw ${tone}`} />
              {name} {formatBytes(inside.reduce((total, { bytes }) => total + bytes, 0))}
            </span>
          ))}
        </div>
      </div>
      <div className="so-m p2">
        <span className="t2 xs">Left, by limit in days</span>
        <LimitDrag className="so-curve2" onLimit={onLimit} title="Drag the limit">
          <svg viewBox="0 0 1000 60" preserveAspectRatio="none" aria-hidden="true">
            <path className="area" d={`${path}V60H${(axis(steps[0]?.days ?? 1) * 10).toFixed(1)}Z`} />
            <path d={path} />
          </svg>
          <i className="so-at" style={{ left: `${axis(limit)}%` }} />
          <b className="so-pt" style={{ left: `${axis(limit)}%`, top: `${(100 * y(used - goes)) / 60}%` }} />
          <span className="so-lab" style={axis(limit) > 50 ? { right: `calc(${100 - axis(limit)}% + 7px)` } : { left: `calc(${axis(limit)}% + 7px)` }}>
            {formatBytes(used - goes)}
          </span>
        </LimitDrag>
        <LimitSlider limit={limit} text={`${limit} days: ${plural(matching.length, 'context')}, ${formatBytes(goes + blocked)}; ${formatBytes(used - goes)} left`} onLimit={onLimit} />
      </div>
      <div className="so-r">
        <div className="so-rule">
          <span className="t2">Older than</span>
          <label className="field so-num">
            <input aria-label="Older than, days" inputMode="numeric" value={limit} onChange={(event) => onLimit(Math.max(1, Math.min(9_999, Number(event.target.value.replaceAll(/\D/g, '')) || 1)))} />
            <span>d</span>
          </label>
          <span className="t2">or over</span>
          <QuotaField quota={quota} onQuota={onQuota} />
          <span className="t2 p4">least recent first</span>
          <span className="grow" />
          {changed ? <LinkButton onPress={onPolicy}>Use app policy</LinkButton> : null}
        </div>
        <dl className="so-res">
          <dt>Match</dt>
          <dd>
            <b>{plural(matching.length, 'context')}</b>
          </dd>
          <dd>
            <b>{formatBytes(goes + blocked)}</b>
          </dd>
          <dd className="t2">would leave {formatBytes(used - goes - blocked)}</dd>
          <dt>Can go now</dt>
          <dd>
            <b>{plural(matching.length - stopped.length, 'context')}</b>
          </dd>
          <dd>
            <b>{formatBytes(goes)}</b>
          </dd>
          <dd className="t2">leaves {formatBytes(used - goes)}</dd>
          {stopped.length === 0 ? null : (
            <>
              <dt className="c-pending">Blocked</dt>
              <dd className="c-pending clip">
                <Name text={stopped.length === 1 ? (stopped[0]?.context.contextId ?? '') : plural(stopped.length, 'context')} most={40} />
              </dd>
              <dd className="c-pending">{formatBytes(blocked)}</dd>
              <dd className="t2">unsynced writes</dd>
            </>
          )}
        </dl>
      </div>
    </div>
  );
}

const MB = 1_000_000;

/** A quota in MB; empty: none. */
function QuotaField({ quota, onQuota }: { quota: number | null; onQuota: (bytes: number | null) => void }): ReactNode {
  const [text, setText] = useState<string | null>(null);
  return (
    <label className="field so-num so-mb">
      <input
        aria-label="Quota, MB"
        inputMode="decimal"
        placeholder="no quota"
        value={text ?? (quota === null ? '' : String(Number((quota / MB).toFixed(1))))}
        onChange={(event) => {
          setText(event.target.value);
          const typed = Number(event.target.value);
          if (event.target.value.trim() === '') onQuota(null);
          else if (Number.isFinite(typed) && typed > 0) onQuota(typed * MB);
        }}
        onBlur={() => setText(null)}
      />
      <span>MB</span>
    </label>
  );
}
