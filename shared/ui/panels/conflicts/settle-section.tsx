import { useEffect, useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import type { ConflictDetail, ParamsOf, ResultOf } from '../../../protocol/debug/index.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { JsonText } from '../../components/json-text.tsx';
import { Heading } from '../../components/parts.tsx';
import { newCommandId, runCommand } from '../../dialogs/actions.ts';
import { useCapable, useInspector, useRefusal } from '../../state/inspector.ts';

type Choice = 'mine' | 'theirs' | 'value';
type Value = NonNullable<ParamsOf<'Conflict.resolve'>['value']>;

/** Settles it again by hand: what would be written is shown first, by a dry run. */
export function SettleSection({ detail, onSettled }: { detail: ConflictDetail; onSettled: () => void }): ReactNode {
  const inspector = useInspector();
  const can = useCapable('Conflict.resolve');
  const refused = useRefusal('Conflict.resolve');
  const [choice, setChoice] = useState<Choice>('mine');
  const [edited, setEdited] = useState(() => JSON.stringify(detail.result?.value ?? detail.theirs?.value ?? {}, null, 2));
  const [plan, setPlan] = useState<ResultOf<'Conflict.resolve'> | null>(null);
  const [error, setError] = useState<string | null>(null);
  const value = choice === 'value' ? parsed(edited) : { ok: true as const, value: undefined };
  const key = `${choice} ${choice === 'value' ? edited : ''}`;
  const params = { contextId: detail.contextId, conflictId: detail.conflictId, choice, ...(value.ok && value.value !== undefined ? { value: value.value } : {}) };
  useEffect(() => {
    if (refused !== null || !value.ok) {
      setPlan(null);
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      inspector.session.call('Conflict.resolve', { ...params, commandId: newCommandId(), dryRun: true }).then(
        (result) => {
          if (!current) return;
          setPlan(result);
          setError(null);
        },
        (thrown: unknown) => {
          if (current) setError(messageOf(thrown));
        },
      );
    }, 250);
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
  const words = { mine: 'Settle with mine', theirs: 'Settle with theirs', value: 'Settle with the edit' } as const;
  return (
    <section className="cf-settle">
      <Heading note="a new write, pushed like any other">Settle again</Heading>
      <Segments<Choice> label="Settle with" value={choice} onChange={setChoice} options={[{ value: 'mine', label: 'Take mine' }, { value: 'theirs', label: 'Take theirs' }, { value: 'value', label: 'Edit' }]} />
      {choice === 'value' ? <textarea className="codebox cf-json" aria-label="The value to settle with, as JSON" value={edited} spellCheck={false} onChange={(event) => setEdited(event.target.value)} /> : null}
      {value.ok ? null : <p className="c-error">{value.error}</p>}
      {error === null ? null : <p className="c-error">{error}</p>}
      {plan === null ? null : (
        <div className="cf-write">
          <span className="t2">What it writes</span>
          {plan.writes === null ? <p>Nothing: the row is so already.</p> : <JsonText className="cf-plan mono" value={plan.writes.op === 'delete' ? 'delete' : plan.writes.value} label="What it writes" />}
        </div>
      )}
      <p className="cf-act">
        <span className="grow" />
        <Button className="primary" label={words[choice]} off={refused ?? (value.ok ? (plan === null ? 'The dry run is not done' : null) : 'The edit is no JSON')} onPress={() => void run()} />
      </p>
    </section>
  );
}

function parsed(text: string): { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Value };
  } catch (thrown) {
    return { ok: false, error: messageOf(thrown) };
  }
}
