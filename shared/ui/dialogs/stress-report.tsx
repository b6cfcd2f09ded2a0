import type { ReactNode } from 'react';
import { formatClock, formatCount, formatMs, plural } from '../../views/format.ts';
import { STRESS_RULES, commandPlace, stressSeen, type StressSeen } from '../../views/stress.ts';
import { Icon } from '../components/icon.tsx';
import { Heading, LinkButton, Name } from '../components/parts.tsx';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { useRead } from '../state/use-read.ts';
import type { StressResult, StressRun } from './stress-run.ts';

type Broken = StressResult['broken'][number];

/** How a stress run stands, or how it ended: the verdict, each broken invariant with its event, and what the recording saw. */
export function StressReport({ run, before, onClose }: { run: StressRun; before: StressRun | null; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { session } = inspector;
  const progress = useStore(session.progress).get(run.commandId);
  const result = run.state.name === 'ended' ? run.state.result : null;
  const seen = useRead(`stress ${run.commandId} ${run.state.name}`, async (read) => {
    const end = await commandPlace(read, run.commandId);
    const to = end ?? session.index.length - 1;
    return { end, to, told: await stressSeen(read, run.from, to) };
  });
  const told = seen.value?.told ?? null;
  const to = seen.value?.to ?? run.from;
  const done = result?.rounds ?? progress?.done ?? 0;
  const showEvent = (seq: number): void => {
    const place = session.index.placeOfSeq(seq);
    onClose();
    if (place === null) return;
    const at = session.index.at[place] ?? 0;
    inspector.go('timeline', { fields: { ...inspector.view.get().fields, 'timeline.event': String(place) }, to: at + 2_000, width: 8_000 });
  };
  const showFrames = (): void => {
    onClose();
    const { at } = session.index;
    inspector.go('network', { selection: { from: at[run.from + 1] ?? run.startedAt, to: at[to] ?? Date.now() }, fields: { ...inspector.view.get().fields, 'network.frame': '' } });
  };
  return (
    <>
      <div role="status">{result === null ? <p className="dl-lead">{run.state.name === 'running' && run.state.cancelling ? 'The client was asked to end it.' : 'It runs. Nothing else has to wait for it.'}</p> : <Verdict run={run} result={result} onEvent={showEvent} />}</div>
      <div className="nx-two">
        <section>
          <Heading>Setup</Heading>
          <dl className="kv">
            <dt>Contexts</dt>
            <dd className="nx-tags">
              {run.contexts.slice(0, 8).map((id) => (
                <span key={id} className="tag line">
                  <Name text={id} most={30} />
                </span>
              ))}
              {run.contexts.length > 8 ? <span className="t2">and {run.contexts.length - 8} more</span> : null}
            </dd>
            <dt>Switches</dt>
            <dd>{formatCount(run.rounds)}, random order, some overtaken</dd>
            <dt>Started</dt>
            <dd className="mono">{formatClock(run.startedAt)}</dd>
          </dl>
          <Heading note={`${formatCount(done)} of ${formatCount(run.rounds)}`}>Progress</Heading>
          <div className="nx-prog" role="progressbar" aria-label="Switches" aria-valuemin={0} aria-valuemax={run.rounds} aria-valuenow={done}>
            <i className="bg-active" style={{ width: `${(100 * (done - (result?.overtaken ?? 0))) / run.rounds}%` }} />
            <i className="bg-pending" style={{ width: `${(100 * (result?.overtaken ?? 0)) / run.rounds}%` }} />
          </div>
          <div className="legend">
            {result === null ? (
              <span>{formatCount(done)} so far</span>
            ) : (
              <>
                <span>
                  <i className="sw bg-active" />
                  completed {formatCount(result.rounds - result.overtaken)}
                </span>
                <span>
                  <i className="sw bg-pending" />
                  overtaken {formatCount(result.overtaken)}
                </span>
                <span>{rateText(result)}</span>
              </>
            )}
          </div>
        </section>
        <section>
          <Heading note={result === null ? 'ms' : `ms, p50 ${result.p50Ms.toFixed(1)}, p95 ${result.p95Ms.toFixed(1)}`}>Switch time</Heading>
          {told === null ? null : <Histogram told={told} />}
          <p className="t2">A switch is done when local data can be read. It does not wait for the network, LC4.</p>
        </section>
      </div>
      <Invariants broken={result?.broken ?? []} told={told} ended={result !== null} overtaken={result?.overtaken ?? 0} onEvent={showEvent} />
      {before === null || before.state.name !== 'ended' ? null : (
        <p className="nx-prev">
          <b>Last time</b>
          <span className="t2">{formatClock(before.startedAt)}, {plural(before.state.result.rounds, 'switch', 'switches')}:</span>
          <span className={before.state.result.broken.length === 0 ? 'c-ok' : 'c-error'}>{before.state.result.broken.length === 0 ? 'no invariant broke' : plural(before.state.result.broken.length, 'invariant broke', 'invariants broke')}</span>
        </p>
      )}
      <p className="nx-prev">
        <span className="t2">
          {seen.value?.end === null ? 'Its last events are on their way. ' : ''}
          {told === null || to <= run.from ? '' : `${plural(told.frames, 'frame')}, seq ${formatCount(session.index.seq[run.from + 1] ?? 0)} to ${formatCount(session.index.seq[to] ?? 0)}`}
        </span>
        {result === null || told === null || told.frames === 0 ? null : <LinkButton onPress={showFrames}>Show these frames</LinkButton>}
      </p>
    </>
  );
}

function rateText({ rounds, durationMs }: StressResult): string {
  const rate = (1_000 * rounds) / Math.max(1, durationMs);
  return `${rate < 100 ? rate.toFixed(1) : formatCount(rate)} a second`;
}

function Verdict({ run, result, onEvent }: { run: StressRun; result: StressResult; onEvent: (seq: number) => void }): ReactNode {
  const ended = run.state.name === 'ended' ? run.state : null;
  const took = `in ${formatMs(result.durationMs)}, ended ${formatClock(ended?.at ?? 0)}`;
  const first = result.broken[0];
  if (first === undefined) {
    return (
      <div className="nx-verdict ok">
        <Icon name="check" />
        <div>
          <b>{plural(result.rounds, 'switch', 'switches')}, 0 broken invariants</b>
          <span className="t2">
            {ended?.cancelled === true ? `Cancelled after ${formatCount(result.rounds)} of ${formatCount(run.rounds)}, ` : `${plural(run.contexts.length, 'context')} `}
            {took}. What was open before is open again.
          </span>
        </div>
      </div>
    );
  }
  const rules = [...new Set(result.broken.map(({ rule }) => rule))];
  return (
    <div className="nx-verdict bad">
      <Icon name="ev-error" />
      <div>
        <b>
          {rules.length === 1 ? `${first.rule} broken ${result.broken.length === 1 ? 'once' : `${formatCount(result.broken.length)} times`}` : `${rules.join(', ')} broken`}
          {first.eventSeq === undefined ? null : (
            <>
              {result.broken.length === 1 ? ' at ' : ', first at '}
              <LinkButton className="mono" onPress={() => onEvent(first.eventSeq ?? 0)}>
                seq {formatCount(first.eventSeq)}
              </LinkButton>
            </>
          )}
        </b>
        <span className="t2">
          {first.text.slice(0, 300)}. {plural(result.rounds, 'switch', 'switches')} {took}.
        </span>
      </div>
    </div>
  );
}

function Histogram({ told }: { told: StressSeen }): ReactNode {
  const most = Math.max(1, ...told.bars.map(({ count }) => count));
  return (
    <div className="nx-hist" role="img" aria-label={`Switch times: ${told.bars.filter(({ count }) => count > 0).map(({ from, count }) => `${formatCount(count)} from ${from} ms`).join(', ') || 'none yet'}`}>
      {told.bars.map(({ from, count }) => (
        <span key={from}>
          <b>{formatCount(count)}</b>
          <i className="bg-local" style={{ height: Math.round((84 * count) / most) }} />
          <em>{from === 0 ? '<2' : from}</em>
        </span>
      ))}
    </div>
  );
}

function Invariants({ broken, told, ended, overtaken, onEvent }: { broken: readonly Broken[]; told: StressSeen | null; ended: boolean; overtaken: number; onEvent: (seq: number) => void }): ReactNode {
  const seen: { readonly [rule: string]: string } = {
    IS3: told === null ? '' : `${plural(told.staleFrames, 'stale frame')} dropped, ${plural(told.staleCalls, 'stale call')} refused`,
    LC3: ended ? `${plural(overtaken, 'switch', 'switches')} overtaken` : '',
    LC6: ended ? 'Looked at when all was closed' : '',
  };
  const others = broken.map(({ rule }) => rule).filter((rule) => !STRESS_RULES.some(({ id }) => id === rule));
  const rules = [...STRESS_RULES, ...[...new Set(others)].map((id) => ({ id, text: '' }))];
  return (
    <>
      <table className="nx-inv">
        <thead>
          <tr>
            <th>Rule</th>
            <th>What must hold</th>
            <th className="num">Broken</th>
            <th className="nx-seen">Seen</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ id, text }) => {
            const count = broken.filter(({ rule }) => rule === id).length;
            return (
              <tr key={id}>
                <td className="mono c-accent">{id}</td>
                <td>{text}</td>
                <td className="num">{ended ? <span className={count === 0 ? 'c-ok' : 'c-error'}>{formatCount(count)}</span> : <span className="t3">–</span>}</td>
                <td className="t2 nx-seen">{seen[id] ?? ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {broken.length === 0 ? null : (
        <ol className="nx-broken" role="list" aria-label="Broken invariants">
          {broken.map(({ rule, text, eventSeq }, at) => (
            <li key={`${rule} ${eventSeq ?? ''} ${at}`}>
              <b className="mono c-error">{rule}</b>
              <span>
                <Name text={text} most={300} />
              </span>
              {eventSeq === undefined ? <span /> : <LinkButton className="mono" title="Show the event in Timeline" onPress={() => onEvent(eventSeq)}>seq {formatCount(eventSeq)}</LinkButton>}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
