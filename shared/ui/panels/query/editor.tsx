import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { RECORDING_NAMES, WORDS } from './templates.ts';

const MOST_OFFERED = 8;

/** The statement, with names completed as they are typed. */
export function Editor({ value, names, error, onChange, onRun }: { value: string; names: readonly string[]; error: string | null; onChange: (value: string) => void; onRun: () => void }): ReactNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const [offered, setOffered] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState(0);
  const near = error === null ? null : (/near "([^"]+)"/.exec(error)?.[1] ?? /no such (?:column|table): ([\w.]+)/.exec(error)?.[1] ?? null);
  const lines = value.split('\n').length;
  const offer = (text: string, caret: number, all: boolean): void => {
    const word = /[\w.]*$/.exec(text.slice(0, caret))?.[0] ?? '';
    const pool = [...new Set([...names, ...RECORDING_NAMES, ...WORDS])];
    setOffered(word.length < (all ? 0 : 2) ? [] : pool.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()) && one !== word).slice(0, MOST_OFFERED));
    setChosen(0);
  };
  const insert = (name: string): void => {
    const element = area.current;
    if (element === null) return;
    const caret = element.selectionStart;
    const word = /[\w.]*$/.exec(value.slice(0, caret))?.[0] ?? '';
    const start = caret - word.length;
    onChange(value.slice(0, start) + name + value.slice(caret));
    setOffered([]);
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(start + name.length, start + name.length);
    });
  };
  const byKey = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      setOffered([]);
      onRun();
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      offer(value, event.currentTarget.selectionStart, true);
    } else if (offered.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setChosen((chosen + (event.key === 'ArrowDown' ? 1 : -1) + offered.length) % offered.length);
    } else if (offered.length > 0 && (event.key === 'Tab' || event.key === 'Enter')) {
      event.preventDefault();
      insert(offered[chosen] ?? '');
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (offered.length > 0) setOffered([]);
      else event.currentTarget.blur();
    }
  };
  return (
    <div className="qu-ed" role="group" aria-label="Query editor">
      <div className="qu-gutter mono" aria-hidden="true">
        {Array.from({ length: lines }, (_, line) => (
          <i key={line} className={near !== null && (value.split('\n')[line] ?? '').includes(near) ? 'c-error' : ''}>
            {line + 1}
          </i>
        ))}
      </div>
      <textarea
        ref={area}
        className="qu-area mono"
        aria-label="SQL"
        value={value}
        spellCheck={false}
        wrap="off"
        rows={Math.max(5, Math.min(12, lines + 1))}
        onChange={(event) => {
          onChange(event.target.value);
          offer(event.target.value, event.target.selectionStart, false);
        }}
        onKeyDown={byKey}
        onBlur={() => setTimeout(() => setOffered([]), 150)}
      />
      {offered.length === 0 ? null : (
        <ul className="qu-offer" role="listbox" aria-label="Completions">
          {offered.map((name, index) => (
            <li key={name} role="option" aria-selected={index === chosen} className={`mono ${index === chosen ? 'is-selected' : ''}`} onPointerDown={() => insert(name)}>
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
