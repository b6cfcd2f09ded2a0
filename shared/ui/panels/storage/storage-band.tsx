import { useMemo, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, plural } from '../../../views/format.ts';
import { bytesOf, leftByLimit, type StoragePlan } from '../../../views/storage-plan.ts';
import { LinkButton, Name } from '../../components/parts.tsx';
import { axis, MOST_DAYS } from './axis.ts';

/** The quota now and after, what each limit would leave, and the rule in numbers. */
export function StorageBand({ plan, contexts, now, limit, quota, policyDays, onLimit }: { plan: StoragePlan; contexts: readonly ContextNow[]; now: number; limit: number; quota: number | null; policyDays: number | null; onLimit: (days: number | null) => void }): ReactNode {
  const { used, goes, blocked, lines } = plan;
  const whole = Math.max(quota ?? 0, used, 1);
  const share = (bytes: number): string => `${(100 * bytes) / whole}%`;
  const sum = (test: (context: ContextNow) => boolean): number => contexts.filter(test).reduce((total, context) => total + bytesOf(context), 0);
  const kinds = [
    { name: 'ambient', tone: 'bg-ambient', bytes: sum(({ row }) => row.kind === 'ambient') },
    { name: 'open', tone: 'bg-active', bytes: sum(({ row, status }) => row.kind === 'tenant' && status.lifecycle !== 'dormant') },
    { name: 'recent', tone: 'bg-dormant', bytes: lines.filter(({ fate, context }) => fate === 'kept' && context.row.kind === 'tenant' && context.status.lifecycle === 'dormant').reduce((total, { bytes }) => total + bytes, 0) },
    { name: 'blocked', tone: 'bg-pending', bytes: blocked },
    { name: 'goes', tone: 'bg-prune', bytes: goes },
  ];
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
                {kinds.map(({ name, tone, bytes }) => (bytes === 0 || (when === 'After' && name === 'goes') ? null : <i key={name} className={`so-seg ${tone}`} style={{ width: share(bytes) }} title={`${name} ${formatBytes(bytes)}`} />))}
              </div>
              <b>{formatBytes(when === 'Now' ? used : used - goes)}</b>
            </div>
          ))}
        </div>
        <div className="legend so-leg">
          {kinds.map(({ name, tone, bytes }) => (
            <span key={name}>
              <i className={`sw ${tone}`} />
              {name} {formatBytes(bytes)}
            </span>
          ))}
        </div>
      </div>
      <div className="so-m p2">
        <span className="t2 xs">Left, by limit in days</span>
        <div className="so-curve2" role="img" aria-label={`${formatBytes(used - goes)} left with a limit of ${limit} days`}>
          <svg viewBox="0 0 1000 60" preserveAspectRatio="none" aria-hidden="true">
            <path className="area" d={`${path}V60H${(axis(steps[0]?.days ?? 1) * 10).toFixed(1)}Z`} />
            <path d={path} />
          </svg>
          <i className="so-at" style={{ left: `${axis(limit)}%` }} />
        </div>
        <input className="so-range" type="range" min={0} max={100} step={0.5} value={axis(limit)} aria-label="Older than, in days" aria-valuetext={`${limit} days: ${plural(matching.length, 'context')}, ${formatBytes(goes + blocked)}`} onChange={(event) => onLimit(Math.max(1, Math.round(MOST_DAYS ** (Number(event.target.value) / 100))))} />
      </div>
      <div className="so-r">
        <div className="so-rule">
          <span className="t2">Older than</span>
          <label className="field so-num">
            <input aria-label="Older than, days" inputMode="numeric" value={limit} onChange={(event) => onLimit(Math.max(1, Math.min(9_999, Number(event.target.value.replaceAll(/\D/g, '')) || 1)))} />
            <span>d</span>
          </label>
          <span className="t2 p4">least recent first</span>
          <span className="grow" />
          {policyDays === null || policyDays === limit ? null : <LinkButton onPress={() => onLimit(null)}>Use app policy</LinkButton>}
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
