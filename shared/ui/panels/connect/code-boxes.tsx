import { useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode, type RefObject } from 'react';

const LENGTH = 6;
const PLACES = [0, 1, 2, 3, 4, 5];

/** Six boxes for six digits: each moves on to the next, a pasted code fills them all, and the sixth gives it in. */
export function CodeBoxes({ value, onChange, onCode, bad, describedBy, first }: { value: string; onChange: (value: string) => void; onCode: (code: string) => void; bad: boolean; describedBy: string; first: RefObject<HTMLInputElement | null> }): ReactNode {
  const boxes = useRef<(HTMLInputElement | null)[]>([]);
  const digits = PLACES.map((place) => (value[place] ?? '').trim());
  const put = (place: number, text: string): void => {
    const typed = text.replaceAll(/\D/g, '');
    if (typed === '' && text !== '') return;
    const next = [...digits];
    if (typed === '') next[place] = '';
    // What is typed over a digit takes its place; what is pasted goes on into the boxes behind.
    [...(typed.length === 2 && digits[place] !== '' ? typed.replace(digits[place] ?? '', '') : typed)].slice(0, LENGTH - place).forEach((digit, i) => (next[place + i] = digit));
    const code = next.map((digit) => digit || ' ').join('');
    onChange(code);
    const to = next.findIndex((digit, i) => digit === '' && i > place);
    boxes.current[typed === '' ? place : to < 0 ? LENGTH - 1 : to]?.focus();
    if (/^\d{6}$/.test(code)) onCode(code);
  };
  const byKey = (event: KeyboardEvent<HTMLInputElement>, place: number): void => {
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key] ?? (event.key === 'Backspace' && digits[place] === '' ? place - 1 : undefined);
    if (to === undefined) return;
    event.preventDefault();
    if (event.key === 'Backspace' && to >= 0) onChange(digits.map((digit, i) => (i === to ? ' ' : digit || ' ')).join(''));
    boxes.current[Math.max(0, Math.min(LENGTH - 1, to))]?.focus();
  };
  const paste = (event: ClipboardEvent<HTMLInputElement>): void => {
    event.preventDefault();
    put(0, event.clipboardData.getData('text'));
  };
  return (
    <fieldset className={`cn-code ${bad ? 'bad' : ''}`} aria-describedby={describedBy}>
      <legend className="cn-vh">Pairing code</legend>
      {PLACES.map((place) => (
        <span key={place} className="cn-box">
          {place === 3 ? <i className="dash" aria-hidden="true" /> : null}
          <input
            ref={(box) => {
              boxes.current[place] = box;
              if (place === 0) first.current = box;
            }}
            inputMode="numeric"
            autoComplete={place === 0 ? 'one-time-code' : 'off'}
            aria-label={`Digit ${place + 1} of 6`}
            aria-invalid={bad ? true : undefined}
            value={digits[place]}
            onChange={(event) => put(place, event.target.value)}
            onKeyDown={(event) => byKey(event, place)}
            onPaste={paste}
            onFocus={(event) => event.target.select()}
          />
        </span>
      ))}
    </fieldset>
  );
}
