import type { ReactNode } from 'react';
import { COMPARED_WORDS, differingText, whatTheLogShows } from '../../../views/compare.ts';
import { csvOf } from '../../../views/csv.ts';
import { formatClock, formatCount, formatMs } from '../../../views/format.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { Empty } from '../../components/parts.tsx';
import { REBUILD_NEEDS } from '../../dialogs/actions.ts';
import { useContexts, useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { progressText, useProgress } from '../../state/use-progress.ts';
import { ContextSelect, usePickedContext } from '../context-picker.tsx';
import { compareDeskOf, type Compared, type Comparing } from './compare-desk.ts';
import { CompareResult } from './compare-result.tsx';
import { tellNoTest } from './make-test.tsx';

/** One context against what the server would build. */
export function CompareTab(): ReactNode {
  const inspector = useInspector();
  const desk = compareDeskOf(inspector);
  const { fields } = useView();
  const contextId = usePickedContext();
  const context = useContexts().find((one) => one.contextId === contextId);
  const refused = useRefusal('Context.replay');
  const running = useStore(desk.running);
  const compared = useStore(desk.compared).get(contextId ?? '') ?? null;
  const failure = useStore(desk.failed);
  const failed = failure?.contextId === contextId ? failure : null;
  const wanted = fields['replay.version'] ?? '';
  const toVersion = /^\d[\d,]*$/.test(wanted) ? Number(wanted.replaceAll(',', '')) : null;
  const isBad = wanted !== '' && toVersion === null;
  const off = refused ?? (contextId === null ? 'There is no context to compare' : context?.row.partition.present === false ? 'There is no data on this device' : isBad ? 'A version is a number' : running !== null ? `${running.contextId} is being compared` : null);
  const run = (): void => {
    if (off === null && contextId !== null) void desk.compare(contextId, toVersion);
  };
  const save = (): void => {
    if (compared !== null) inspector.host.files.save(`compare-${compared.contextId.replaceAll(/[^\w.-]+/g, '-')}.csv`, new Blob([differencesCsv(compared)], { type: 'text/csv' }));
  };
  const selected = fields['replay.row'] ?? '';
  const current = compared?.result.differences?.find(({ entity, id }) => `${entity}/${id}` === selected);
  usePanelKeys({
    R: run,
    M: () => tellNoTest(inspector),
    'Mod+E': save,
    C: () => void inspector.copy(JSON.stringify(current ?? compared?.result ?? null, null, 2), current === undefined ? 'The comparison' : 'The difference'),
    O: () => inspector.go('data', current === undefined ? { selected: contextId } : { selected: contextId, fields: { ...fields, 'data.entity': current.entity, 'data.row': current.id, data: current.id } }),
    ...(running !== null ? { Escape: () => desk.cancel() } : current !== undefined ? { Escape: () => inspector.setField('replay.row', '') } : {}),
  });
  return (
    <>
      <div className="bar sub rp-cbar">
        <ContextSelect value={contextId} />
        <label className="rp-lab">
          <span className="t2 p2">To version</span>
          <span className={`field rp-ver ${isBad ? 'is-bad' : ''}`}>
            <input aria-label="To version" inputMode="numeric" value={wanted} placeholder={context === undefined ? '' : formatCount(context.row.localVersion)} autoComplete="off" spellCheck={false} onChange={(event) => inspector.setField('replay.version', event.target.value)} onKeyDown={(event) => event.key === 'Enter' && run()} />
            {wanted === '' ? <span className="t3">local</span> : <IconButton icon="close" label="To the local version" onPress={() => inspector.setField('replay.version', '')} />}
          </span>
        </label>
        {running === null ? <Button className="primary" icon="replay" label={compared === null ? 'Compare' : 'Compare again'} kbd="R" off={off} onPress={run} /> : <Button icon="close" label={running.stopping ? 'Stopping' : 'Cancel'} kbd="Esc" off={running.stopping ? 'It was asked to stop' : null} onPress={() => desk.cancel()} />}
        <Button className="p2" icon="replay" label="Rebuild…" title="Replaces the partition by what the server builds; asks first" off={refused ?? (contextId === null ? 'There is no context' : context?.status.lifecycle === 'dormant' ? REBUILD_NEEDS : null)} onPress={() => contextId !== null && inspector.dialog.set({ kind: 'replay', contextId })} />
        <span className="grow" />
        {compared === null ? null : (
          <span className="t2 p4">
            Compared at {formatClock(compared.at).slice(0, 8)} in {formatMs(compared.result.durationMs)}
          </span>
        )}
        <IconButton icon="download" label={`Export the differences as CSV (${modKey('E')})`} off={compared === null ? 'Nothing was compared yet' : null} onPress={save} />
      </div>
      {running === null ? null : <Running running={running} />}
      {failed === null ? null : (
        <div className="qu-err" role="alert">
          <p>
            <b>{failed.contextId} was not compared.</b> <span className="t2">{failed.message.slice(0, 400)}</span> <span className="t2 mono">{failed.code}</span>
          </p>
          <span className="grow" />
          <IconButton icon="close" label="Dismiss" onPress={() => desk.failed.set(null)} />
        </div>
      )}
      {compared !== null && context !== undefined ? (
        <CompareResult key={`${compared.contextId} ${compared.at}`} compared={compared} context={context} refused={refused} />
      ) : running !== null ? null : (
        <Empty icon="replay" title={contextId === null ? 'No context to compare' : `${contextId.slice(0, 60)} was not compared yet`} actions={contextId === null ? undefined : <Button className="primary" icon="replay" label="Compare" kbd="R" off={off} onPress={run} />}>
          A comparison reads the confirmed rows of this device at one version and asks the server for exactly that version. It changes nothing, and writes that wait are no difference.
        </Empty>
      )}
    </>
  );
}

/** DB6: how far it is, when the client tells. */
function Running({ running: { contextId, commandId, since } }: { running: Comparing }): ReactNode {
  const { now, part, elapsed } = useProgress(commandId, since);
  return (
    <div className="rp-run">
      <div className="rp-v1" role="status">
        <b>Comparing {contextId.slice(0, 60)}</b>
        <span className="t2">{now === undefined ? 'Asking the server' : progressText(now)}</span>
        <span className="grow" />
        <span className="t2 mono">{formatMs(elapsed)}</span>
      </div>
      <div className="dl-prog" role="progressbar" aria-label={`Comparing ${contextId.slice(0, 60)}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={part ?? undefined}>
        <i style={{ width: `${part ?? 4}%` }} />
      </div>
    </div>
  );
}

function differencesCsv({ result }: Compared): string {
  return csvOf(
    ['result', 'entity', 'id', 'versionHere', 'versionThere', 'fields', 'changedBy', 'changeVersion', 'mutationId', 'whatTheLogShows', 'here', 'there'],
    (result.differences ?? []).map((one) => [COMPARED_WORDS[one.kind], one.entity, one.id, one.local?.version ?? null, one.server?.version ?? null, differingText(one), one.change?.deviceId ?? one.server?.deviceId ?? null, one.change?.contextVersion ?? null, one.change?.mutationId ?? null, whatTheLogShows(one), valueOf(one.local), valueOf(one.server)]),
  );
}

const valueOf = (row: { readonly value: unknown; readonly deleted: boolean } | null): string | null => (row === null || row.deleted ? null : JSON.stringify(row.value));
