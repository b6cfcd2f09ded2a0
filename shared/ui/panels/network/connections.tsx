import { useMemo, type ReactNode } from 'react';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { quantile } from '../../../views/activations.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatAge, formatBytes, formatClock, formatCount, formatMs, formatSecond, plural } from '../../../views/format.ts';
import type { Outage, SocketPast } from '../../../views/sockets.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';

type Endpoint = ResultOf<'Network.conditions'>['endpoints'][number];

interface ConnectionsParts {
  /** By the client's own word; empty in the past and for a recording. */
  readonly endpoints: readonly Endpoint[];
  readonly sockets: readonly SocketPast[];
  readonly frames: readonly WireFrame[];
  readonly contexts: readonly ContextNow[];
  readonly now: number;
}

const STATES: { readonly [state: string]: { readonly icon: 'lc-active' | 'lc-activating' | 'lc-dormant' | 'lc-error'; readonly tone: string; readonly word: string } } = {
  ready: { icon: 'lc-active', tone: 'c-active', word: 'open' },
  dialling: { icon: 'lc-activating', tone: 'c-activating', word: 'connecting' },
  connecting: { icon: 'lc-activating', tone: 'c-activating', word: 'connecting' },
  greeting: { icon: 'lc-activating', tone: 'c-activating', word: 'connecting' },
  backoff: { icon: 'lc-error', tone: 'c-pending', word: 'no socket' },
  refused: { icon: 'lc-error', tone: 'c-error', word: 'refused' },
};
const NO_SOCKET = { icon: 'lc-dormant', tone: 't2', word: 'no socket' } as const;
const SHOWN = 4;

/** How the sockets stand, one for each server: what is on its way, round trips, and how the last one came back. */
export function Connections({ endpoints, sockets, frames, contexts, now }: ConnectionsParts): ReactNode {
  const names = [...new Set([...endpoints.map(({ endpoint }) => endpoint), ...sockets.map(({ endpoint }) => endpoint), ...contexts.map(({ row }) => row.endpoint)])].filter((name) => name !== '');
  const download = frames.findLast(({ type }) => type === 'SNAPSHOT');
  if (names.length === 0) return null;
  return (
    <div className="nx-conns" role="list" aria-label="Connections">
      {names.map((name) => (
        <Connection key={name} name={name} live={endpoints.find(({ endpoint }) => endpoint === name)} past={sockets.find(({ endpoint }) => endpoint === name)} frames={frames} contexts={contexts.filter(({ row }) => row.endpoint === name)} now={now} />
      ))}
      {download === undefined ? null : <Download frame={download} />}
    </div>
  );
}

interface ConnectionParts {
  readonly name: string;
  readonly live: Endpoint | undefined;
  readonly past: SocketPast | undefined;
  readonly frames: readonly WireFrame[];
  readonly contexts: readonly ContextNow[];
  readonly now: number;
}

function Connection({ name, live, past, frames, contexts, now }: ConnectionParts): ReactNode {
  const state = live?.state ?? past?.state ?? '';
  const { icon, tone, word } = STATES[state] ?? NO_SOCKET;
  const isOpen = state === 'ready';
  const since = live?.since ?? past?.since ?? null;
  const rtts = useMemo(() => [...(past?.rtts ?? []), ...frames.flatMap((frame) => (frame.type === 'PONG' && frame.latencyMs !== null && frame.endpoint === name ? [frame.latencyMs] : []))], [past, frames, name]);
  const rtt = live?.rttMs ?? (isOpen ? (rtts.at(-1) ?? null) : null);
  const retryAt = live?.retryAt ?? (state === 'backoff' ? past?.retryAt : null) ?? null;
  return (
    <section role="listitem">
      <h3>
        <Icon name={icon} className={tone} />
        <b className="mono clip" title={name}>
          <Name text={hostOf(name)} most={80} />
        </b>
        <span className={tone}>{word}</span>
        {since === null || contexts.length === 0 && !isOpen ? null : <span className="t2">{formatAge(now - since)}</span>}
        {live === undefined ? null : (
          <span className="t3 p4" title="Characters of frames in both directions since the client started">
            ▲ {formatBytes(live.bytesOut)} ▼ {formatBytes(live.bytesIn)}
          </span>
        )}
        <span className="grow" />
        <span className={rtt === null ? 't3 nx-rtt' : 't2 nx-rtt'}>
          RTT {rtt === null ? '–' : <b>{formatMs(rtt)}</b>}
          {rtts.length < 2 ? null : `, p95 ${Math.round(quantile(rtts, 0.95))}`}
        </span>
        {rtts.length < 2 ? null : <Sparkline values={rtts.slice(-30)} />}
      </h3>
      {live?.refused === null || live?.refused === undefined ? null : (
        <p className="c-error clip">
          {live.refused.code}: {live.refused.message}
        </p>
      )}
      {isOpen || past !== undefined ? <InFlight name={name} frames={frames} contexts={contexts} /> : <Unused contexts={contexts} now={now} />}
      {past?.outage === null || past?.outage === undefined ? null : <BackOff outage={past.outage} retryAt={retryAt} now={now} reconnects={live?.reconnects ?? past.reconnects} />}
    </section>
  );
}

/** Bytes of requests that have no answer yet, by context. */
function InFlight({ name, frames, contexts }: { name: string; frames: readonly WireFrame[]; contexts: readonly ContextNow[] }): ReactNode {
  const byContext = new Map<string, number>();
  for (const frame of frames) if (frame.isOpen && (frame.endpoint === name || frame.endpoint === '')) byContext.set(frame.contextId, (byContext.get(frame.contextId) ?? 0) + frame.bytes);
  const total = [...byContext.values()].reduce((sum, bytes) => sum + bytes, 0);
  for (const { contextId, status } of contexts) if (status.lifecycle !== 'dormant' && !byContext.has(contextId)) byContext.set(contextId, 0);
  const shown = [...byContext].toSorted((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return (
    <p>
      <span className="lb" title="Bytes of requests that have no answer yet">
        In flight <b className={total > 0 ? 'c-pending' : ''}>{formatBytes(total)}</b>
      </span>
      {shown.map(([contextId, bytes]) => (
        <span key={contextId} className={bytes === 0 ? 'fl t3' : 'fl'}>
          <Name text={contextId === '' ? 'socket' : contextId} most={30} />
          <i className="fb" aria-hidden="true">
            <i style={{ width: `${total === 0 ? 0 : (100 * bytes) / total}%` }} />
          </i>
          {bytes === 0 ? '0' : formatBytes(bytes)}
        </span>
      ))}
    </p>
  );
}

function Unused({ contexts, now }: { contexts: readonly ContextNow[]; now: number }): ReactNode {
  const used = contexts.flatMap(({ row }) => (row.lastAccessAt === null ? [] : [row.lastAccessAt]));
  const open = contexts.some(({ status }) => status.lifecycle !== 'dormant');
  if (open) return null;
  return (
    <>
      <p className="t2">{used.length === 0 ? 'No context of it was ever open' : `No open context for ${formatAge(now - Math.max(...used))}`}</p>
      <p className="third t3">
        {plural(contexts.length, 'dormant context')}, no traffic <span className="mono">LC6</span>
      </p>
    </>
  );
}

/** The last time without a socket: each wait, and the try behind it. */
function BackOff({ outage, retryAt, now, reconnects }: { outage: Outage; retryAt: number | null; now: number; reconnects: number }): ReactNode {
  const end = outage.to ?? now;
  const span = Math.max(1, end - outage.from);
  const percent = (ms: number): number => Math.min(100, (100 * ms) / span);
  const last = outage.attempts.at(-1);
  return (
    <p>
      <span className="lb" title={outage.reason}>
        {outage.to === null ? 'Lost' : 'Reconnected'}
      </span>
      <span className="bob" role="img" aria-label={`${plural(outage.attempts.length, 'attempt')} in ${formatAge(span)}`}>
        {outage.attempts.map(({ at, waitMs }) => (
          <i key={`w${at}`} className="wait" style={{ left: `${percent(at - waitMs - outage.from)}%`, width: `${percent(waitMs)}%` }} title={`Waited ${formatMs(waitMs)}`} />
        ))}
        {outage.attempts.map(({ at }, index) => (
          <i key={`a${at}`} className={outage.to !== null && index === outage.attempts.length - 1 ? 'hit' : 'miss'} style={{ left: `${percent(at - outage.from)}%` }} />
        ))}
      </span>
      <span className="t2">
        {formatSecond(outage.to ?? outage.from)}, {outage.attempts.length === 1 ? '1 attempt' : `attempt ${formatCount(outage.attempts.length)}`}, {formatAge(span)}
      </span>
      {retryAt === null ? null : <span className="c-pending">next in {formatAge(Math.max(0, retryAt - now))}</span>}
      <span className="t3 p4">
        {last === undefined || last.waitMs === 0 ? '' : `last wait ${formatMs(last.waitMs)}, full jitter, `}
        {plural(reconnects, 'reconnect')}
      </span>
    </p>
  );
}

function Download({ frame }: { frame: WireFrame }): ReactNode {
  const failed = frame.state === 'refused';
  const seconds = (frame.latencyMs ?? 0) / 1_000;
  return (
    <section role="listitem">
      <h3>
        <Icon name="ev-snapshot" className="c-snapshot" />
        <b>
          Snapshot<span className="nx-http"> over HTTP</span>
        </b>
        <span className="clip">
          <Name text={frame.contextId} most={60} />
          {frame.toVersion === null ? '' : ` at ${formatCount(frame.toVersion)}`}
        </span>
        <span className="grow" />
        <span className={failed ? 'c-error' : 'c-ok'}>
          <Icon name={failed ? 'ev-error' : 'check'} />
          {failed ? frame.status : 'SHA-256'}
        </span>
      </h3>
      <p>
        <span className="lb">{formatClock(frame.at).slice(0, 10)}</span>
        {frame.bytes === 0 ? null : <span className="t2">{formatBytes(frame.bytes)}</span>}
        {seconds === 0 ? null : (
          <span className="t3">
            {formatMs(frame.latencyMs ?? 0)}, {formatBytes(frame.bytes / seconds)}/s
          </span>
        )}
      </p>
    </section>
  );
}

function hostOf(endpoint: string): string {
  try {
    return new URL(endpoint).host;
  } catch {
    return endpoint;
  }
}

function Sparkline({ values }: { values: readonly number[] }): ReactNode {
  const most = Math.max(1, ...values);
  const d = values.map((value, at) => `${at === 0 ? 'M' : 'L'}${((100 * at) / (values.length - 1)).toFixed(1)} ${(13 - (12 * value) / most).toFixed(1)}`).join('');
  return (
    <span className="sp">
      <svg className="spark c-active" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
        <path d={d} />
      </svg>
    </span>
  );
}
