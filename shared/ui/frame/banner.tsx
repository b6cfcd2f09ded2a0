import { useEffect, useState, type ReactNode } from 'react';
import { formatAge, formatClock, formatCount, formatStretch, plural } from '../../views/format.ts';
import { Button } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import type { IconName } from '../components/icons.tsx';
import { METHODS } from '../../protocol/debug/index.ts';
import { useIndex, useInspector, useView } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';

interface Notice {
  readonly id: string;
  readonly icon: IconName;
  readonly tone: string;
  readonly alert?: boolean;
  readonly strong: string;
  readonly text: string;
  readonly actions?: ReactNode;
}

/** One banner at a time, the most important first; the others fold into a count. */
export function Banner(): ReactNode {
  const notices = useNotices();
  const [open, setOpen] = useState(false);
  const first = notices[0];
  if (first === undefined) return <div className="banners" />;
  const rest = notices.slice(1);
  return (
    <div className="banners">
      <Line notice={first} more={rest.length === 0 ? null : { n: rest.length, open, toggle: () => setOpen(!open) }} />
      {open ? rest.map((notice) => <Line key={notice.id} notice={notice} more={null} />) : null}
    </div>
  );
}

function Line({ notice, more }: { notice: Notice; more: { n: number; open: boolean; toggle: () => void } | null }): ReactNode {
  return (
    <div className={`banner ${notice.tone}`} role={notice.alert === true ? 'alert' : 'status'}>
      <Icon name={notice.icon} />
      <span className="st-txt">
        <b>{notice.strong}</b> {notice.text}
      </span>
      <span className="grow" />
      {notice.actions}
      {more === null ? null : (
        <button type="button" className="st-more" aria-expanded={more.open} onClick={more.toggle}>
          {more.n} more <Icon name={more.open ? 'chev-up' : 'chev-down'} />
        </button>
      )}
    </div>
  );
}

function useSeconds(on: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

function useNotices(): readonly Notice[] {
  const inspector = useInspector();
  const client = useStore(inspector.session.client);
  const dismissed = useStore(inspector.dismissed);
  const { cursor, to, width } = useView();
  const { index } = useIndex();
  const now = useSeconds(client.state === 'lost');
  const out: Notice[] = [];
  if (client.state === 'lost') {
    const wait = client.retryAt - now;
    out.push({
      id: 'lost',
      icon: 'offline',
      tone: 'tint-pending',
      alert: true,
      strong: `No answer for ${formatAge(now - client.since)}.`,
      text: `${wait > 0 ? `Next try in ${formatAge(wait)}. ` : ''}All that was recorded until ${formatClock(index.lastAt)} stays usable: search, time travel, queries, export. Actions wait.`,
      actions: (
        <>
          <Button label="Try now" onPress={() => inspector.session.retryNow()} />
          <Button className="quiet" label="Attach another…" onPress={() => inspector.choosing.set(true)} />
        </>
      ),
    });
  }
  if (client.state === 'attached' && client.info.clockOffsetMs !== undefined && Math.abs(client.info.clockOffsetMs) > 300_000) {
    const offset = client.info.clockOffsetMs;
    out.push({ id: 'clock', icon: 'clock', tone: 'tint-error', alert: true, strong: `The clock of ${client.info.deviceId} is ${formatAge(Math.abs(offset))} ${offset < 0 ? 'ahead' : 'behind'}.`, text: 'The server refuses stamps that are too far ahead; such writes are stamped anew and sent again, none is lost.' });
  }
  if (client.state === 'attached' && client.info.capabilities.length > 0 && !dismissed.has('capabilities')) {
    const missing = Object.keys(METHODS).filter((name) => !/^(?:Hub|Client)\./.test(name) && !client.info.capabilities.includes(name));
    if (missing.length > 0) {
      out.push({
        id: 'capabilities',
        icon: 'info',
        tone: 'plain',
        strong: 'This client cannot do all.',
        text: `No ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}. Their buttons are hidden.`,
        actions: <Button className="quiet" label="Dismiss" onPress={() => inspector.dismissed.update((ids) => new Set(ids).add('capabilities'))} />,
      });
    }
  }
  if (cursor !== null) {
    out.push({
      id: 'past',
      icon: 'clock',
      tone: 'tint-accent',
      strong: `You are looking at ${formatClock(index.at[cursor] ?? 0)},`,
      text: `seq ${formatCount(index.seq[cursor] ?? 0)}. All panels show that moment. Actions are off.`,
      actions: <Button label={client.state === 'recorded' ? 'To the end' : 'Go live'} kbd="L" onPress={() => inspector.goLive()} />,
    });
  }
  if (client.state === 'recorded') {
    out.push({
      id: 'recorded',
      icon: 'file',
      tone: 'tint-accent',
      strong: `Recording ${client.name},`,
      text: `${formatStretch(index.lastAt - index.firstAt)}, ${plural(index.length, 'event')}. Read-only.`,
      actions: <Button className="quiet" label="Close recording" onPress={() => inspector.session.detach()} />,
    });
  }
  if (client.state === 'attached' && client.mode === 'observe') {
    const only = client.contexts === null ? '' : `It receives ${client.contexts.join(', ')} only, and `;
    out.push({ id: 'observe', icon: 'eye', tone: 'plain', strong: 'Observe session.', text: `${only === '' ? 'It ' : only}cannot change the client.` });
  }
  const until = to ?? index.lastAt;
  const gap = index.gaps.find(({ fromAt, toAt, fromSeq }) => toAt >= until - width && fromAt <= until && !dismissed.has(`gap.${fromSeq}`));
  if (gap !== undefined) {
    out.push({
      id: 'gap',
      icon: 'info',
      tone: 'tint-conflict',
      strong: `${plural(gap.toSeq - gap.fromSeq + 1, 'event is', 'events are')} missing here,`,
      text: `seq ${formatCount(gap.fromSeq)} to ${formatCount(gap.toSeq)}: ${gap.reason || 'out of credit'}. Counts in this range are too low. Versions are right.`,
      actions: (
        <>
          <Button label="Show in Timeline" onPress={() => inspector.go('timeline', { to: gap.toAt + width / 2 })} />
          <Button className="quiet" label="Dismiss" onPress={() => inspector.dismissed.update((ids) => new Set(ids).add(`gap.${gap.fromSeq}`))} />
        </>
      ),
    });
  }
  return out;
}
