import { useId, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { StateIcon } from '../../components/parts.tsx';

interface CardProps {
  readonly title: string;
  readonly note: string;
  readonly value: ReactNode;
  readonly children: ReactNode;
  /** Single items below; those that find no room are left out whole. */
  readonly footer?: ReactNode;
}

/** One small chart among many: what it measures, what came of it, the drawing, and what its colours mean. */
export function Card({ title, note, value, children, footer }: CardProps): ReactNode {
  const id = useId();
  return (
    <section className="tm-card" aria-labelledby={id}>
      <h3 id={id}>
        <span className="tm-title">
          <b>{title}</b>
          <span className="t3">{note}</span>
        </span>
        <span className="v">{value}</span>
      </h3>
      {children}
      <p className="ft">{footer}</p>
    </section>
  );
}

/** A measure against its limit: in the colour of an error where it is over it. */
export function Against({ over, children }: { over: boolean; children: ReactNode }): ReactNode {
  return over ? <b className="c-error">{children}</b> : children;
}

/** The colour that a context has in the charts, or its state where it has none. */
export function Chip({ context, colour }: { context: ContextNow; colour: string | null }): ReactNode {
  return colour === null ? <StateIcon state={context.state} /> : <i className="tm-dot" style={{ background: colour }} />;
}
