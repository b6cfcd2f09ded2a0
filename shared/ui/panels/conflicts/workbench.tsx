import { useMemo, useState, type ReactNode } from 'react';
import type { ConflictDetail } from '../../../protocol/debug/index.ts';
import type { ConflictEvent } from '../../../views/conflicts.ts';
import { eventLine } from '../../../views/describe-event.ts';
import { chainOf } from '../../../views/event-queries.ts';
import { formatClock, formatCount } from '../../../views/format.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, KindIcon, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';
import { fieldLines, valueText } from './field-diff.ts';
import { firstEdits, type FieldEdit } from './field-editor.tsx';
import { FieldTable, textMergeOf } from './field-table.tsx';
import { RowHistory } from './history-steps.tsx';
import { MergeEdits } from './merge-text.tsx';
import { MoreMenu } from './more-menu.tsx';
import { SettleSection, type SettleChoice } from './settle-section.tsx';
import { TrySection } from './try-section.tsx';

/** One conflict: its values by field, which rule fired, how it came about, and what else could be made of it. */
export function Workbench({ conflict, at, of, onStep, onClose }: { conflict: ConflictEvent; at: number; of: number; onStep: (by: number) => void; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const refused = useRefusal('Conflict.get');
  const { contextId, conflictId, entity, entityId } = conflict;
  const detail = useAnswer(`conflict ${contextId} ${conflictId} ${refused ?? ''}`, refused === null ? () => inspector.session.call('Conflict.get', { contextId, conflictId }) : null);
  const { value: chain } = useRead(`chain ${conflict.place}`, (read) => chainOf(read, contextId, conflict.mutationIds), false);
  const name = `${entity}/${entityId}`;
  const wide = useStore(inspector.wide);
  const toTimeline = (): void => inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(conflict.place) }, to: conflict.at + 5_000, width: 20_000 });
  const toData = (): void => inspector.go('data', { selected: contextId, fields: { ...fields, 'data.entity': entity, 'data.row': entityId } });
  const texts = useMemo(() => (detail.value === null ? [] : textsOf(detail.value)), [detail.value]);
  return (
    <section className="detail cf-wb" aria-label={`Conflict on ${name.slice(0, 100)}`} data-region>
      <DetailHead
        name="conflicts"
        onClose={onClose}
        actions={
          <>
            <span className="t2 p3">
              {formatCount(at)} of {formatCount(of)}
            </span>
            <span className="cf-nav">
              <IconButton icon="chev-up" label="Previous conflict (K)" onPress={() => onStep(-1)} />
              <IconButton icon="chev-down" label="Next conflict (J)" onPress={() => onStep(1)} />
            </span>
            <Button className="quiet p3" icon="chart" label="Show in Timeline" title="Show in Timeline (T)" onPress={toTimeline} />
            <Button className="quiet p3" icon="table" label="Open row in Data" title="Open row in Data (O)" onPress={toData} />
            <MoreMenu items={[{ icon: 'chart', label: 'Show in Timeline', kbd: 'T', run: toTimeline }, { icon: 'table', label: 'Open row in Data', kbd: 'O', run: toData }, { icon: 'fit', label: wide ? 'Beside the list' : 'At full width', kbd: 'F', run: () => inspector.wide.update((now) => !now) }]} />
          </>
        }
      >
        <h2>
          <Icon name="ev-conflict" className="c-conflict" />
          <span className="mono clip">
            <Name text={name} most={80} />
          </span>
        </h2>
        <span className="t2">
          <Name text={contextId} most={60} />
        </span>
        <span className="tag line p3" title="Strategy of the entity">
          {conflict.strategy}
        </span>
        <span className="tag line p3">{conflict.state}</span>
        <span className="t2 mono p4">{formatClock(conflict.at)}</span>
      </DetailHead>
      <div className="detail-body">
        <div className="cf-body">
          <div className="cf-main">
            {detail.value === null ? (
              <Empty icon={refused === null && detail.error !== null ? 'ev-error' : 'lock'} title={detail.loading ? 'Reading the three values' : 'The three values are not here'}>
                {detail.loading ? 'They stay in the partition of the context.' : (refused ?? detail.error ?? '')}
                {conflict.fields.length === 0 ? null : `. In conflict: ${conflict.fields.map((field) => (field === '*' ? 'the whole row' : field)).join(', ')}. Winner: ${conflict.winner}.`}
              </Empty>
            ) : (
              <FieldTable conflict={conflict} detail={detail.value} unchanged={fields['conflicts.unchanged'] === 'shown'} onUnchanged={(shown) => inspector.setField('conflicts.unchanged', shown ? 'shown' : '')} />
            )}
            {texts.map(({ line, merge }) => (
              <MergeEdits key={line.field} field={line.field} merge={merge} lengths={{ base: [...valueText(line.base)].length, result: [...valueText(line.result)].length }} />
            ))}
            <div className="cf-two">
              <section>
                <h3 className="h">
                  How it came about {(chain?.length ?? 0) > 0 ? <LinkButton className="push" onPress={() => inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(conflict.place), 'timeline.scope': 'chain' }, to: conflict.at + 5_000, width: 20_000 })}>In Timeline</LinkButton> : null}
                </h3>
                <ol className="cf-steps">
                  {(chain ?? []).slice(0, 12).map((event) => (
                    <li key={event.place}>
                      <KindIcon kind={event.kind} />
                      <span className="mono t2">{formatClock(event.at)}</span>
                      <span className="x">
                        <Name text={eventLine(event)} most={120} />
                      </span>
                    </li>
                  ))}
                </ol>
                {chain?.length === 0 ? <p className="t2">The recording does not reach back to it.</p> : null}
              </section>
              <RowHistory conflict={conflict} />
            </div>
          </div>
          <div className="cf-aside">
            {detail.value === null ? null : (
              <Aside detail={detail.value} onSettled={detail.again} />
            )}
          </div>
        </div>
      </div>
    </section>
  );
}

/** The fields that were merged by character. */
const textsOf = (detail: ConflictDetail) => fieldLines(detail).flatMap((line) => {
  const merge = line.changed === 'both' ? textMergeOf(line) : null;
  return merge === null ? [] : [{ line, merge }];
});

/** What else could be made of it: a strategy that was tried can be taken over as an edit. */
function Aside({ detail, onSettled }: { detail: ConflictDetail; onSettled: () => void }): ReactNode {
  const lines = useMemo(() => fieldLines(detail), [detail]);
  const [choice, setChoice] = useState<SettleChoice>('mine');
  const [edits, setEdits] = useState<readonly FieldEdit[]>(() => firstEdits(lines));
  const use = (next: readonly FieldEdit[]): void => {
    setEdits(next);
    setChoice('value');
  };
  return (
    <>
      <TrySection detail={detail} onUse={use} />
      <SettleSection detail={detail} lines={lines} choice={choice} edits={edits} onChoose={setChoice} onEdit={setEdits} onSettled={onSettled} />
    </>
  );
}
