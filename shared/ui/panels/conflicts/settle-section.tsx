import { useEffect, useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import { isJsonObject, sameJson, type Json } from '../../../base/json.ts';
import type { ConflictDetail, ParamsOf, ResultOf } from '../../../protocol/debug/index.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading, Name } from '../../components/parts.tsx';
import { newCommandId, runCommand } from '../../dialogs/actions.ts';
import { useCapable, useContexts, useInspector, useRefusal } from '../../state/inspector.ts';
import { edited, FieldEditor, type FieldEdit } from './field-editor.tsx';
import { valueText, type FieldLine } from './field-diff.ts';

export type SettleChoice = 'mine' | 'theirs' | 'value';
type Value = NonNullable<ParamsOf<'Conflict.resolve'>['value']>;
type Edited = { readonly ok: true; readonly value: Value | undefined } | { readonly ok: false; readonly error: string };

export interface SettleProps {
  readonly detail: ConflictDetail;
  readonly lines: readonly FieldLine[];
  readonly choice: SettleChoice;
  readonly edits: readonly FieldEdit[];
  onChoose(choice: SettleChoice): void;
  onEdit(edits: readonly FieldEdit[]): void;
  onSettled(): void;
}

const WAIT_MS = 250;

/** Settles it again by hand: what would be written is shown first, by a dry run. */
export function SettleSection({ detail, lines, choice, edits, onChoose, onEdit, onSettled }: SettleProps): ReactNode {
  const inspector = useInspector();
  const can = useCapable('Conflict.resolve');
  const refused = useRefusal('Conflict.resolve');
  // What an edit begins with: a row that was deleted begins as the side that kept it.
  const standing = detail.result?.value ?? detail.theirs?.value ?? detail.mine?.value ?? null;
  // A row without fields is edited as a whole.
  const [whole, setWhole] = useState(() => JSON.stringify(standing, null, 2));
  const [plan, setPlan] = useState<ResultOf<'Conflict.resolve'> | null>(null);
  const [error, setError] = useState<string | null>(null);
  const hasFields = isJsonObject(standing);
  const value: Edited = choice !== 'value' ? { ok: true, value: undefined } : hasFields ? (edited(standing, edits) as Edited) : parsed(whole);
  const key = `${choice} ${value.ok ? JSON.stringify(value.value ?? null) : value.error}`;
  const params = { contextId: detail.contextId, conflictId: detail.conflictId, choice, ...(value.ok && value.value !== undefined ? { value: value.value } : {}) };
  useEffect(() => {
    setPlan(null);
    setError(null);
    if (refused !== null || !value.ok) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      inspector.session.call('Conflict.resolve', { ...params, commandId: newCommandId(), dryRun: true }).then(
        (result) => void (current && setPlan(result)),
        (thrown: unknown) => void (current && setError(messageOf(thrown))),
      );
    }, WAIT_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, refused, detail.conflictId]); // eslint-disable-line react/exhaustive-deps -- the key stands for the params
  if (!can) return null;
  const run = async (): Promise<void> => {
    const done = await runCommand(inspector, 'Conflict.resolve', { ...params, commandId: newCommandId() }, { icon: 'ev-conflict', tone: 'c-conflict', doing: 'Settling the conflict', failed: 'The conflict was not settled' }, () => ({ title: 'Settled by hand', text: `${detail.entity}/${detail.entityId}, with a new write` }));
    if (done !== null) onSettled();
  };
  const words = { mine: 'Settle with mine', theirs: 'Settle with theirs', value: hasFields ? `Settle with ${plural(edits.length, 'edit')}` : 'Settle with the edit' } as const;
  return (
    <section className="cf-settle">
      <Heading note="a new write, pushed like any other">Settle again</Heading>
      <Segments<SettleChoice> label="Settle with" value={choice} onChange={onChoose} options={[{ value: 'mine', label: 'Take mine' }, { value: 'theirs', label: 'Take theirs' }, { value: 'value', label: 'Edit' }]} />
      {choice !== 'value' ? null : hasFields ? <FieldEditor lines={lines} edits={edits} onChange={onEdit} /> : <textarea className="codebox cf-json" aria-label="The value to settle with, as JSON" value={whole} spellCheck={false} onChange={(event) => setWhole(event.target.value)} />}
      {value.ok ? null : (
        <p className="c-error" role="alert">
          {value.error}
        </p>
      )}
      {error === null ? null : (
        <p className="c-error" role="alert">
          {error}
        </p>
      )}
      {plan === null ? null : <Plan detail={detail} plan={plan} />}
      <Act detail={detail} label={words[choice]} off={refused ?? (value.ok ? (plan === null ? 'The dry run is not done' : plan.writes === null ? 'The row is so already' : null) : 'The edit does not fit')} onPress={() => void run()} />
    </section>
  );
}

function Act({ detail, label, off, onPress }: { detail: ConflictDetail; label: string; off: string | null; onPress: () => void }): ReactNode {
  const context = useContexts().find((one) => one.contextId === detail.contextId);
  const waits = context?.status.pending.some((write) => write.entity === detail.entity && write.entityId === detail.entityId) === true;
  return (
    <p className="cf-act">
      <span className="t2">{waits ? 'Goes after the pending write' : ''}</span>
      <span className="grow" />
      <Button className="primary" label={label} off={off} onPress={onPress} />
    </p>
  );
}

/** What the dry run said, as what changes in the row as it stands. */
function Plan({ detail, plan: { writes } }: { detail: ConflictDetail; plan: ResultOf<'Conflict.resolve'> }): ReactNode {
  if (writes === null) return <p className="t2 cf-write">Nothing to write: the row is so already.</p>;
  const before = detail.result?.value ?? null;
  const after = writes.value ?? null;
  const fields = isJsonObject(before) && isJsonObject(after) ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : null;
  const changed = fields?.filter((field) => !sameJson(fieldOf(before, field), fieldOf(after, field))) ?? [];
  return (
    <div className="cf-write">
      <h4>What it writes</h4>
      <p>
        <Icon name="ev-push" className="c-push" />
        <span className="c-local">{writes.op}</span>{' '}
        <span className="mono">
          <Name text={`${detail.entity}/${detail.entityId}`} most={60} />
        </span>
        {detail.theirVersion === null ? '' : <span className="t2"> base {formatCount(detail.theirVersion)}</span>}
      </p>
      {fields === null && writes.op === 'put' ? <JsonText className="cf-plan mono" value={after} label="What it writes" /> : null}
      {changed.slice(0, 12).map((field) => (
        <p key={field} className="mono clip">
          <Name text={field} most={40} /> <del className="l">{valueText(fieldOf(before, field)).slice(0, 60)}</del> <ins className="l">{valueText(fieldOf(after, field)).slice(0, 60)}</ins>
        </p>
      ))}
      {writes.op === 'delete' && isJsonObject(before) ? <p className="t2">{plural(Object.keys(before).length, 'field')} {Object.keys(before).length === 1 ? 'goes' : 'go'} with it</p> : null}
      {fields === null || writes.op === 'delete' ? null : (
        <p className="t2">
          {changed.length === 0 ? `All ${plural(fields.length, 'field')} as they are now` : `${plural(fields.length - changed.length, 'other field')} as they are now`}
        </p>
      )}
    </div>
  );
}

const fieldOf = (value: Json | null, field: string): Json | undefined => (value !== null && isJsonObject(value) && Object.hasOwn(value, field) ? value[field] : undefined);

function parsed(text: string): Edited {
  try {
    return { ok: true, value: JSON.parse(text) as Value };
  } catch (thrown) {
    return { ok: false, error: messageOf(thrown) };
  }
}
