import { useId, type ReactNode, type Ref } from 'react';
import { Icon } from './icon.tsx';
import type { IconName } from './icons.tsx';

// The small controls of the house. A disabled one stays in the order of tabs and says why it is off.

interface ButtonProps {
  readonly icon?: IconName;
  readonly label: string;
  readonly onPress: () => void;
  /** Why it cannot be pressed; null or absent: it can. */
  readonly off?: string | null | undefined;
  readonly title?: string | undefined;
  readonly className?: string;
  readonly kbd?: string;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({ icon, label, onPress, off = null, title, className = '', kbd, buttonRef }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      ref={buttonRef}
      className={`btn ${className}`}
      aria-disabled={off !== null ? true : undefined}
      title={off ?? title}
      onClick={() => {
        if (off === null) onPress();
      }}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      <span>{label}</span>
      {kbd === undefined ? null : <kbd>{kbd}</kbd>}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'icon' | 'kbd'> {
  readonly icon: IconName;
  readonly pressed?: boolean;
}

export function IconButton({ icon, label, onPress, off = null, title, className = '', pressed, buttonRef }: IconButtonProps): ReactNode {
  return (
    <button
      type="button"
      ref={buttonRef}
      className={`btn icon ${off !== null ? 'is-off' : ''} ${className}`}
      aria-label={label}
      aria-disabled={off !== null ? true : undefined}
      aria-pressed={pressed}
      title={off ?? title ?? label}
      onClick={() => {
        if (off === null) onPress();
      }}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Segments<T extends string>({ label, options, value, onChange, className = '' }: { label: string; options: readonly { readonly value: T; readonly label: ReactNode; readonly title?: string }[]; value: T; onChange: (value: T) => void; className?: string }): ReactNode {
  const move = (by: number): void => {
    const index = options.findIndex((option) => option.value === value);
    const next = options[(index + by + options.length) % options.length];
    if (next !== undefined) onChange(next.value);
  };
  return (
    <div
      className={`seg ${className}`}
      role="radiogroup"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
        event.preventDefault();
        event.stopPropagation();
        move(event.key === 'ArrowRight' ? 1 : -1);
        const { currentTarget } = event;
        requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
      }}
    >
      {options.map((option) => (
        <button key={option.value} type="button" role="radio" aria-checked={option.value === value} tabIndex={option.value === value ? 0 : -1} title={option.title} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Chip({ label, count, pressed, onPress, icon, tone = '', className = '', title }: { title?: string | undefined; label: string; count?: string; pressed: boolean; onPress: (alone: boolean) => void; icon?: IconName; tone?: string; className?: string }): ReactNode {
  return (
    <button type="button" className={`chip ${className}`} aria-pressed={pressed} title={title} onClick={(event) => onPress(event.altKey)}>
      {icon === undefined ? null : <Icon name={icon} className={tone} />}
      {label} {count === undefined ? null : <span className="num">{count}</span>}
    </button>
  );
}

/** A filter field: `/` goes to it, Escape empties it. */
export function FilterField({ label, placeholder, value, onChange, icon = 'filter', kbd = '/', trailing, onEnter }: { label: string; placeholder: string; value: string; onChange: (value: string) => void; icon?: IconName; kbd?: string; trailing?: ReactNode; onEnter?: () => void }): ReactNode {
  const id = useId();
  return (
    <label className="field" htmlFor={id}>
      <Icon name={icon} />
      <input
        id={id}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        autoComplete="off"
        data-filter={kbd}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onEnter?.();
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value === '') event.currentTarget.blur();
          else onChange('');
        }}
      />
      {trailing ?? (value === '' ? <kbd aria-hidden>{kbd}</kbd> : null)}
    </label>
  );
}

/** A tick box that says its name; `some` for a part of many. */
export function Tick({ label, state, onPress, shown }: { label: string; state: 'on' | 'off' | 'some'; onPress: (shift: boolean) => void; shown?: ReactNode }): ReactNode {
  return (
    <button
      type="button"
      className={`check ${state === 'on' ? 'on' : state === 'some' ? 'rg-some' : ''}`}
      role="checkbox"
      aria-checked={state === 'some' ? 'mixed' : state === 'on'}
      aria-label={label}
      onClick={(event) => {
        event.stopPropagation();
        onPress(event.shiftKey);
      }}
    >
      <i />
      {shown}
    </button>
  );
}
