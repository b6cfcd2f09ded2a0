import type { KeyboardEvent, ReactNode } from 'react';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import type { StoragePlan } from '../../../views/storage-plan.ts';

export type PendingChoice = 'refuse' | 'quarantine' | 'discard';

const CHOICES: readonly { readonly value: PendingChoice; readonly label: string; readonly text: string }[] = [
  { value: 'refuse', label: 'Refuse', text: 'What holds writes stays.' },
  { value: 'quarantine', label: 'Quarantine', text: 'Writes set aside, rebased at the next activation.' },
  { value: 'discard', label: 'Discard', text: 'Writes lost, recorded as an event.' },
];

/** What a prune does with contexts whose writes are not on the server, each choice with what it would free. */
export function PendingChoices({ plan, choice, onChoice }: { plan: StoragePlan; choice: PendingChoice; onChoice: (choice: PendingChoice) => void }): ReactNode {
  const going = plan.lines.filter(({ fate }) => fate === 'goes').length;
  const blocked = plan.lines.filter(({ fate }) => fate === 'blocked').length;
  const byKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = CHOICES[(CHOICES.findIndex(({ value }) => value === choice) + by + CHOICES.length) % CHOICES.length];
    if (next === undefined) return;
    onChoice(next.value);
    const { currentTarget } = event;
    requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  return (
    <div role="radiogroup" aria-label="What to do with unsynced writes" className="so-opts" onKeyDown={byKey}>
      {CHOICES.map(({ value, label, text }) => {
        const goes = value === 'refuse' ? going : going + blocked;
        const leaves = plan.used - plan.goes - (value === 'refuse' ? 0 : plan.blocked);
        return (
          <button key={value} type="button" role="radio" aria-checked={choice === value} tabIndex={choice === value ? 0 : -1} className={`check radio so-opt ${choice === value ? 'on' : ''}`} onClick={() => onChoice(value)}>
            <i />
            <span>
              <b className={value === 'discard' ? 'c-error' : ''}>{label}</b>{' '}
              <span className="t2">
                {text} {formatCount(goes)} {goes === 1 ? 'goes' : 'go'}, leaves {formatBytes(leaves)}.
              </span>
            </span>
          </button>
        );
      })}
      <p className="t3">{plural(blocked, 'context')} of this plan {blocked === 1 ? 'holds' : 'hold'} writes.</p>
    </div>
  );
}
