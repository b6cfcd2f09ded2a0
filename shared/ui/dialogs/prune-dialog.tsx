import { useRef, useState, type ReactNode } from 'react';
import type { ContextNow } from '../../views/context-now.ts';
import { formatAge, formatBytes, formatCount, plural } from '../../views/format.ts';
import { Button, Segments, Tick } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { Name, StateIcon } from '../components/parts.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { newCommandId, runCommand } from './actions.ts';
import { DryRunTag, Failed, ThreeLists, TypeName, Writes } from './dialog-parts.tsx';
import { useDryRun, useWhere } from './use-dialog.ts';

type Choice = 'refuse' | 'quarantine' | 'discard';

const CHOICES: readonly { readonly value: Choice; readonly label: string }[] = [
  { value: 'refuse', label: 'Leave it out' },
  { value: 'quarantine', label: 'Quarantine them' },
  { value: 'discard', label: 'Discard them' },
];

/** Deletes partitions, keeps registry rows. What unsynced writes meet is chosen (`first` to begin with), and typed where they go. */
export function PruneDialog({ contextIds, first, onClose }: { contextIds: readonly string[]; first: Choice; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const contexts = useStore(inspector.session.contexts);
  const { where, by } = useWhere();
  const refused = useRefusal('Context.prune');
  const cancel = useRef<HTMLButtonElement>(null);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(contextIds));
  const [choice, setChoice] = useState<Choice>(first);
  const [typed, setTyped] = useState('');
  const dry = useDryRun('Context.prune', { contexts: [...contextIds], pending: choice });
  const items = dry.result?.items ?? [];
  const named = (id: string): ContextNow | undefined => contexts.get(id);
  const going = items.filter(({ outcome, contextId }) => outcome !== 'refused' && ticked.has(contextId));
  const refusedItems = items.filter(({ outcome }) => outcome === 'refused');
  const withWrites = items.filter(({ pending }) => pending > 0);
  const writes = withWrites.flatMap(({ contextId }) => named(contextId)?.status.pending ?? []);
  const held = withWrites.reduce((sum, { pending }) => sum + pending, 0);
  const discarding = choice === 'discard' ? going.filter(({ pending }) => pending > 0) : [];
  const discarded = discarding.reduce((sum, { pending }) => sum + pending, 0);
  const mustType = discarding[0]?.contextId ?? null;
  const frees = going.reduce((sum, item) => sum + item.frees, 0);
  const inUse = [...contexts.values()].reduce((sum, { row }) => sum + (row.partition.present ? row.partition.bytes : 0), 0);
  const conflicts = going.reduce((sum, { contextId }) => sum + (named(contextId)?.status.conflicts ?? 0), 0);
  const deed = `Prune ${going.length === 1 ? (going[0]?.contextId ?? '').slice(0, 60) : plural(going.length, 'context')}`;
  const off = refused ?? (dry.result === null ? 'The dry run is not done' : going.length === 0 ? 'Nothing is left to prune' : mustType !== null && typed !== mustType ? `Type ${mustType.slice(0, 60)} first` : null);
  const run = (): void => {
    onClose();
    void runCommand(
      inspector,
      'Context.prune',
      { commandId: newCommandId(), contexts: going.map(({ contextId }) => contextId), pending: choice },
      { icon: 'prune', tone: 'c-prune', doing: `Pruning ${plural(going.length, 'context')}`, failed: 'Nothing was pruned', cancels: true },
      ({ items: done, frees: freed }) => {
        const pruned = done.filter(({ outcome }) => outcome === 'pruned').length;
        return { title: `${plural(pruned, 'context')} pruned`, text: `${formatBytes(freed)} freed${pruned < done.length ? `, ${plural(done.length - pruned, 'context')} refused` : ''}` };
      },
    );
  };
  const toggle = (id: string): void =>
    setTicked((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return (
    <Dialog
      title={deed}
      icon="prune"
      tone="c-error"
      where={where}
      size="wide"
      alert
      onClose={onClose}
      initial={cancel}
      footer={
        <>
          <Audit by={by} long />
          <span className="grow" />
          <Button className="big" label="Cancel" kbd="Esc" buttonRef={cancel} onPress={onClose} />
          <Button className="big danger solid" icon="prune" label={discarded > 0 ? `${deed}, discard ${plural(discarded, 'write')}` : deed} off={off} onPress={run} />
        </>
      }
    >
      <div className="dl-lead">
        <b>Frees {formatBytes(frees)}</b>
        <span className="t2">
          of {formatBytes(inUse)} in use, leaves {formatBytes(Math.max(0, inUse - frees))}
        </span>
        <span className="grow" />
        <DryRunTag run={dry} />
      </div>
      {dry.error === null ? null : <Failed error={dry.error} />}
      <div className="dl-table">
        <table className="grid" aria-label="What goes">
          <colgroup>
            <col style={{ width: 26 }} />
            <col />
            <col style={{ width: 84 }} />
            <col className="p2" style={{ width: 84 }} />
            <col className="p2" style={{ width: 100 }} />
            <col style={{ width: 84 }} />
          </colgroup>
          <thead>
            <tr>
              <th className="gut">
                <span className="cn-vh">Pruned</span>
              </th>
              <th>Context</th>
              <th className="num">Frees</th>
              <th className="num p2">Conflicts</th>
              <th className="num p2">Last access</th>
              <th className="num">Unsynced</th>
            </tr>
          </thead>
          <tbody>
            {items
              .filter(({ outcome }) => outcome !== 'refused')
              .map((item) => (
                <Row key={item.contextId} context={named(item.contextId)} id={item.contextId} frees={item.frees} pending={item.pending} ticked={ticked.has(item.contextId)} onTick={() => toggle(item.contextId)} />
              ))}
            {items.length > 1 ? (
              <tr className="dl-sum">
                <td className="gut" />
                <td>{plural(going.length, 'context')}</td>
                <td className="num">{formatBytes(frees)}</td>
                <td className="num p2">{formatCount(conflicts)}</td>
                <td className="p2" />
                <td className="num">{formatCount(discarded)}</td>
              </tr>
            ) : null}
            {refusedItems.length === 0 ? null : (
              <tr className="grp">
                <td className="gut" />
                <td className="dl-span" colSpan={5}>
                  Left out, {plural(refusedItems.length, 'context')}
                </td>
              </tr>
            )}
            {refusedItems.map(({ contextId, pending, reason }) => (
              <Row key={contextId} context={named(contextId)} id={contextId} frees={named(contextId)?.row.partition.bytes ?? 0} pending={pending} reason={reason ?? ''} />
            ))}
          </tbody>
        </table>
      </div>
      {withWrites.length === 0 ? null : (
        <div className={`dl-block ${choice === 'discard' ? 'is-error' : ''}`}>
          <div className="dl-choice">
            <span>
              <Icon name="ev-push" className="c-pending" />
              {withWrites.length === 1 ? <Name text={withWrites[0]?.contextId ?? ''} most={60} /> : plural(withWrites.length, 'context')} {withWrites.length === 1 ? 'holds' : 'hold'} {plural(held, 'write')} that the server has not seen
            </span>
            <span className="grow" />
            <Segments label="What becomes of unsynced writes" value={choice} options={CHOICES} onChange={setChoice} />
          </div>
          <p>
            {choice === 'refuse' ? <span className="c-ok">Nothing is lost. </span> : null}
            {choice === 'refuse' ? 'It stays whole and frees nothing. Activate it to send its writes, then prune it.' : null}
            {choice === 'quarantine' ? 'They wait in a file of their own. The next activation starts from a snapshot, sends those that were sent again unchanged, and rebases the others.' : null}
            {choice === 'discard' ? <b className="c-error">They are gone for good. Their ids are kept in an event, their values are not.</b> : null}
          </p>
          <Writes writes={writes} cut={choice === 'discard'} />
          {mustType === null ? null : <TypeName name={mustType} deed="discard its writes" value={typed} onChange={setTyped} />}
        </div>
      )}
      <ThreeLists
        lists={[
          { title: 'Stays', lines: [`${plural(contexts.size, 'registry row')}, with role and versions`, 'Ambient data', 'Everything on the server and on other devices'] },
          { title: 'Goes too', lines: [`${plural(conflicts, 'conflict record')} on this device`, ...going.filter(({ contextId }) => named(contextId)?.state === 'error').map(({ contextId }) => `The last error of ${contextId.slice(0, 60)}`)] },
          { title: 'Comes back', lines: ['At the next activation, as a snapshot', 'Not readable offline until then', ...going.filter(({ contextId }) => named(contextId)?.row.listed === 'unlisted').map(({ contextId }) => `${contextId.slice(0, 60)} only once it is listed again`)] },
        ]}
      />
    </Dialog>
  );
}

function Row({ context, id, frees, pending, ticked, onTick, reason }: { context: ContextNow | undefined; id: string; frees: number; pending: number; ticked?: boolean; onTick?: () => void; reason?: string }): ReactNode {
  const blocked = reason !== undefined;
  return (
    <tr className={blocked ? 'dl-blocked' : ''} title={reason}>
      <td className="gut">{blocked || onTick === undefined ? <Icon name="lock" className="c-pending" label="left out" /> : <Tick label={`Prune ${id.slice(0, 60)}`} state={ticked === true ? 'on' : 'off'} onPress={onTick} />}</td>
      <td>
        {context === undefined ? null : <StateIcon state={context.state} />}
        <Name text={id} most={80} />{' '}
        <span className="t2">
          <Name text={context?.title ?? ''} most={80} />
        </span>
      </td>
      <td className="num">{formatBytes(frees)}</td>
      <td className="num p2">{formatCount(context?.status.conflicts ?? 0)}</td>
      <td className="num p2">{context?.row.lastAccessAt === null || context === undefined ? 'never' : `${formatAge(Date.now() - context.row.lastAccessAt)} ago`}</td>
      <td className={`num ${pending > 0 ? 'c-pending' : 'zero'}`}>{formatCount(pending)}</td>
    </tr>
  );
}
