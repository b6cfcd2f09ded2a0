import { useEffect, useRef, useState, type ReactNode } from 'react';
import { codeOf, messageOf } from '../../base/app-error.ts';
import type { ResultOf } from '../../protocol/debug/index.ts';
import { formatBytes, formatCount, formatMs, plural } from '../../views/format.ts';
import { Button, Segments } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { useProgress } from '../state/use-progress.ts';
import { REBUILD_NEEDS, activateContext, newCommandId } from './actions.ts';
import { DryRunTag, Failed, ThreeLists, Writes } from './dialog-parts.tsx';
import { Differences } from './differences.tsx';
import { useDryRun, useLiveContext, useWhere } from './use-dialog.ts';

type Mode = 'compare' | 'rebuild';
type Outcome = { readonly ok: true; readonly result: ResultOf<'Context.replay'> } | { readonly ok: false; readonly error: string };

/** Compares a context with what the server would build, or builds it anew. */
export function ReplayDialog({ contextId, onClose }: { contextId: string; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const context = useLiveContext(contextId);
  const { where, by } = useWhere();
  const refused = useRefusal('Context.replay');
  const cancel = useRef<HTMLButtonElement>(null);
  const [mode, setMode] = useState<Mode>('compare');
  const [running, setRunning] = useState<{ readonly commandId: string; readonly since: number; readonly stop: AbortController; readonly stopping: boolean } | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const asleep = mode === 'rebuild' && context?.status.lifecycle !== 'active';
  const noActivation = useRefusal('Context.activate');
  const dry = useDryRun('Context.replay', running === null && outcome === null && !asleep ? { contextId, mode } : null);
  const open = useRef(true);
  /** The notice that goes on telling once the dialog is closed. */
  const notice = useRef<number | null>(null);
  useEffect(() => {
    open.current = true;
    return () => {
      open.current = false;
    };
  }, []);
  if (context === undefined) return null;
  const name = contextId.slice(0, 60);
  const { row, pending, status } = context;
  const plan = dry.result;
  const run = async (): Promise<void> => {
    const commandId = newCommandId();
    const stop = new AbortController();
    setRunning({ commandId, since: Date.now(), stop, stopping: false });
    setOutcome(null);
    try {
      const result = await inspector.session.call('Context.replay', { commandId, contextId, mode }, { signal: stop.signal });
      setOutcome({ ok: true, result });
      if (mode === 'rebuild' || !open.current) inspector.toast({ icon: 'check', tone: 'c-ok', title: mode === 'rebuild' ? `${name} is rebuilt` : `${name} compared`, text: `Version ${formatCount(result.version)} in ${formatMs(result.durationMs)}, ${plural(result.pendingWrites, 'pending write')} carried over` });
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') {
        inspector.toast({ icon: 'close', tone: 't2', title: `The ${mode === 'rebuild' ? 'rebuild' : 'comparison'} of ${name} was cancelled`, text: 'Nothing was changed' });
        return;
      }
      const error = `${codeOf(thrown)}: ${messageOf(thrown)}`;
      setOutcome({ ok: false, error });
      if (!open.current) inspector.toast({ icon: 'ev-error', tone: 'c-error', title: `${name} was not ${mode === 'rebuild' ? 'rebuilt' : 'compared'}`, text: error, alert: true }, 0);
    } finally {
      setRunning(null);
      if (notice.current !== null) inspector.dismiss(notice.current);
    }
  };
  const leave = (): void => {
    if (running !== null) {
      const { stop, commandId } = running;
      notice.current = inspector.toast({ icon: 'replay', tone: 'c-snapshot', title: `${mode === 'rebuild' ? 'Rebuilding' : 'Comparing'} ${name}`, commandId, action: { label: 'Cancel', run: () => stop.abort() } }, 0);
    }
    onClose();
  };
  const steps = stepsOf(mode, plan, row.localVersion);
  return (
    <Dialog
      title={running === null ? `Replay ${name} from the server` : `${mode === 'rebuild' ? 'Rebuilding' : 'Comparing'} ${name}`}
      icon="replay"
      tone="c-snapshot"
      where={where}
      size="mid"
      alert={mode === 'rebuild' && running === null}
      onClose={leave}
      initial={cancel}
      footer={
        <>
          <Audit by={by} long={mode === 'rebuild'} />
          <span className="grow" />
          <Button className="big" label={running === null ? (outcome === null ? 'Cancel' : 'Close') : 'Run in background'} kbd="Esc" buttonRef={cancel} onPress={leave} />
          {running === null ? null : (
            <Button
              className="big"
              icon="close"
              label={running.stopping ? 'Stopping' : mode === 'rebuild' ? 'Cancel the rebuild' : 'Cancel the comparison'}
              off={running.stopping ? 'The client was asked to stop' : null}
              onPress={() => {
                running.stop.abort();
                setRunning({ ...running, stopping: true });
              }}
            />
          )}
          <Button
            className={`big ${mode === 'rebuild' ? 'danger solid' : 'primary'}`}
            icon="replay"
            label={mode === 'rebuild' ? `Rebuild ${name}` : outcome === null ? `Compare ${name}` : 'Compare again'}
            off={refused ?? (running !== null ? 'It is running' : asleep ? REBUILD_NEEDS : mode === 'rebuild' && plan === null ? 'The dry run is not done' : null)}
            onPress={() => void run()}
          />
        </>
      }
    >
      <div className="dl-mode">
        <Segments<Mode>
          label="What to do"
          value={mode}
          onChange={(value) => {
            if (running !== null) return;
            setMode(value);
            setOutcome(null);
          }}
          options={[{ value: 'compare', label: 'Compare' }, { value: 'rebuild', label: 'Rebuild' }]}
        />
        <span className="t2">Rebuild replaces the partition, compare changes nothing</span>
        <span className="grow" />
        <span className="dl-to">
          To the head <span className="mono">{formatCount(plan?.version ?? row.serverVersion)}</span>
        </span>
      </div>
      {outcome === null ? (
        <>
          <div className="dl-lead">
            <b>{asleep ? 'A rebuild runs in an active context' : plan === null ? 'Asking the server' : plan.rows === undefined ? `Version ${formatCount(plan.version)}` : `${plural(plan.rows, 'row')} at ${formatCount(plan.version)}`}</b>
            <span className="t2">{asleep || plan?.bytes === undefined ? '' : `${formatBytes(plan.bytes)} to download`}</span>
            <span className="grow" />
            {running !== null ? null : asleep ? <Button icon="power" label={`Activate ${name}`} off={noActivation ?? (status.lifecycle === 'dormant' ? null : `It is ${status.lifecycle}`)} onPress={() => void activateContext(inspector, contextId)} /> : <DryRunTag run={dry} />}
          </div>
          {dry.error === null || asleep ? null : <Failed error={dry.error} />}
          {running === null ? null : <Progress commandId={running.commandId} since={running.since} label={`${mode} of ${name}`} inBytes={mode === 'rebuild'} />}
          <ol className="dl-steps">
            {steps.map((step, index) => (
              <li key={step.name} className="is-wait">
                <span className="dl-no">{index + 1}</span>
                <b>{step.name}</b>
                <span className="t2">{step.text}</span>
                <span />
              </li>
            ))}
          </ol>
          {mode === 'rebuild' ? <p className="t2 dl-p">Until the last step the present partition is in place, and the app goes on with it.</p> : null}
          <Writes writes={status.pending} />
          <ThreeLists
            lists={
              mode === 'rebuild'
                ? [
                    { title: 'Changes', lines: [`Local version, from ${formatCount(row.localVersion)} to ${formatCount(plan?.version ?? row.serverVersion)}`, 'Rows that differ take the value of the server'] },
                    { title: 'Stays', lines: [`Outbox: ${plural(pending, 'write')}, rebased`, `${plural(status.conflicts, 'conflict record')}, carried over`, 'All other contexts'] },
                    { title: 'Needs', lines: [`${formatBytes(plan?.bytes ?? row.partition.bytes)} for a moment`, 'The server within reach'] },
                  ]
                : [
                    { title: 'Reads', lines: ['Confirmed rows at one local version', 'The same version from the server'] },
                    { title: 'Changes', lines: ['Nothing'] },
                    { title: 'Leaves out', lines: [`${plural(pending, 'pending write')}: they are no difference`] },
                  ]
            }
          />
        </>
      ) : outcome.ok ? (
        <Result result={outcome.result} />
      ) : (
        <Failed error={outcome.error} />
      )}
    </Dialog>
  );
}

function stepsOf(mode: Mode, plan: ResultOf<'Context.replay'> | null, local: number): readonly { readonly name: string; readonly text: string }[] {
  const size = plan?.bytes === undefined ? '' : formatBytes(plan.bytes);
  const version = plan === null ? '' : formatCount(plan.version);
  if (mode === 'compare') {
    return [
      { name: 'Read confirmed rows', text: `in one transaction, at ${formatCount(local)}` },
      { name: 'Ask the server', text: `for exactly that version${size === '' ? '' : `, ${size}`}` },
      { name: 'Compare', text: 'row by row, and the digests' },
    ];
  }
  return [
    { name: 'Fetch snapshot', text: size === '' ? 'resumable, from where it stopped' : `${size} to download, resumable` },
    { name: 'Check SHA-256', text: 'and the schema of the file' },
    { name: 'Catch up', text: version === '' ? 'to the head' : `to ${version}` },
    { name: 'Carry over', text: 'outbox, base rows and conflicts, in one transaction' },
    { name: 'Swap generations', text: 'the registry points to the new one, then the writes that waited go in' },
  ];
}

/** DB6: how far it is, when the client tells. */
function Progress({ commandId, since, label, inBytes }: { commandId: string; since: number; label: string; inBytes: boolean }): ReactNode {
  const { now, part, elapsed } = useProgress(commandId, since);
  return (
    <>
      <div className="dl-lead" aria-live="polite">
        <b className="dl-big">{part === null ? 'Running' : `${part}%`}</b>
        <span className="t2">{now?.total === undefined || !inBytes ? '' : `${formatBytes(now.done)} of ${formatBytes(now.total)}`}</span>
        <span className="grow" />
        <span className="t2 mono">{formatMs(elapsed)}</span>
      </div>
      <div className="dl-prog" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={part ?? undefined}>
        <i style={{ width: `${part ?? 4}%` }} />
      </div>
    </>
  );
}

function Result({ result }: { result: ResultOf<'Context.replay'> }): ReactNode {
  const { identical, differences = [], localDigest, serverDigest, version, rows, durationMs, mode } = result;
  return (
    <>
      <div className="dl-lead" role="status">
        <b className={identical === false ? 'c-conflict' : 'c-ok'}>{mode === 'rebuild' ? 'Rebuilt' : identical === true ? 'Identical' : identical === false ? `${plural(differences.length, 'row differs', 'rows differ')}` : 'Done'}</b>
        <span className="t2">
          {rows === undefined ? '' : `${plural(rows, 'row')}, `}version {formatCount(version)}, in {formatMs(durationMs)}
        </span>
      </div>
      {localDigest === undefined ? null : (
        <dl className="kv dl-kv dl-box">
          <dt>Digest here</dt>
          <dd className="mono">{localDigest}</dd>
          <dt>Digest there</dt>
          <dd className={`mono ${localDigest === serverDigest ? 'c-ok' : 'c-conflict'}`}>{serverDigest ?? '–'}</dd>
        </dl>
      )}
      <Differences differences={differences} />
    </>
  );
}
