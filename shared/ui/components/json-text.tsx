import type { ReactNode } from 'react';

const MOST = 20_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** A value as indented JSON with its parts coloured; what is endless is cut and says so. */
export function JsonText({ value, label, className = '' }: { value: unknown; label: string; className?: string }): ReactNode {
  const full = JSON.stringify(value, null, 2) ?? 'null';
  const text = full.length > MOST ? full.slice(0, MOST) : full;
  return (
    <pre className={className} tabIndex={0} aria-label={label} dir="ltr">
      {coloured(text)}
      {full.length > MOST ? <span className="t3">{`\n… ${full.length - MOST} more characters`}</span> : null}
    </pre>
  );
}

function coloured(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, word, number] = match;
    if (match.index > end) out.push(text.slice(end, match.index));
    const tone = string !== undefined ? (colon === undefined ? 'sy-s' : 'sy-k') : word !== undefined ? 'sy-cm' : number !== undefined ? 'sy-d' : '';
    out.push(
      <span key={match.index} className={tone}>
        {string ?? whole}
      </span>,
    );
    if (colon !== undefined) out.push(colon);
    end = match.index + whole.length;
  }
  out.push(text.slice(end));
  return out;
}
