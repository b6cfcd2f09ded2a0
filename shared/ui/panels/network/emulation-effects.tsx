import { useMemo, type ReactNode } from 'react';
import { emulationEffects, emulationStart } from '../../../views/emulation.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatClock, formatCount, formatMs, plural } from '../../../views/format.ts';
import { Heading, LinkButton } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';

/** What the emulated network did so far, as the frames show it. */
export function Effects({ frames, contexts }: { frames: readonly WireFrame[]; contexts: readonly string[] }): ReactNode {
  const inspector = useInspector();
  const { value: start } = useRead('emulated since', (read) => emulationStart(read, inspector.session.index.length - 1));
  const effects = useMemo(() => (start === null ? null : emulationEffects(frames, start.place, contexts)), [frames, start, contexts]);
  if (start === null || effects === null) return null;
  const before = effects.roundTripBeforeMs;
  const lines: readonly { readonly name: string; readonly count: number; readonly text: string; readonly rule: string; readonly bad?: boolean }[] = [
    { name: 'Sent again', count: effects.sentAgain, text: 'no answer in time', rule: 'SY8', bad: true },
    { name: 'Gaps filled', count: effects.gapsFilled, text: 'a delta was lost, the log had it', rule: 'SY1' },
    { name: 'Ignored', count: effects.ignored, text: 'came twice or too late', rule: 'SY1' },
    { name: 'Unanswered', count: effects.unanswered, text: 'asked, and waiting now', rule: 'SY8' },
  ];
  return (
    <div className="sec">
      <Heading note={`since ${formatClock(start.at)}, ${plural(effects.frames, 'frame')}`}>What it did</Heading>
      <table className="eff">
        <tbody>
          <tr>
            <th scope="row">Round trip</th>
            <td className="num">{effects.roundTripMs === null ? '–' : formatMs(effects.roundTripMs)}</td>
            <td className="t2">at p50{before === null ? '' : `, ${formatMs(before)} before`}</td>
            <td />
          </tr>
          {lines.map(({ name, count, text, rule, bad }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={`num ${count > 0 && bad === true ? 'c-error' : ''}`}>{formatCount(count)}</td>
              <td className={count === 0 ? 't3' : ''}>{text}</td>
              <td className="mono t2">{rule}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="t2 nx-since">
        Kept as event{' '}
        <LinkButton className="mono" onPress={() => inspector.go('timeline', { fields: { ...inspector.view.get().fields, 'timeline.event': String(start.place) } })}>
          {formatCount(start.seq)}
        </LinkButton>
      </p>
    </div>
  );
}
