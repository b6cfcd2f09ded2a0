import type { ReactNode } from 'react';
import { Name } from '../components/parts.tsx';
import { useContexts, useInspector, useView } from '../state/inspector.ts';

/** The one context that a panel reads: the selected one, else the filtered one, else the first that is open and has data. */
export function usePickedContext(): string | null {
  const { selected, contexts } = useView();
  const all = useContexts();
  const known = (id: string | null | undefined): boolean => id !== null && id !== undefined && all.some(({ contextId }) => contextId === id);
  if (known(selected)) return selected;
  if (known(contexts[0])) return contexts[0] ?? null;
  return all.find(({ row, status }) => row.kind === 'tenant' && status.lifecycle === 'active')?.contextId ?? all.find(({ row }) => row.partition.present)?.contextId ?? null;
}

export function ContextSelect({ value }: { value: string | null }): ReactNode {
  const inspector = useInspector();
  const all = useContexts();
  const current = all.find(({ contextId }) => contextId === value);
  return (
    <label className="btn da-ctx">
      <span className="cn-vh">Context</span>
      <select aria-label="Context" value={value ?? ''} onChange={(event) => inspector.show({ selected: event.target.value })}>
        {all.map(({ contextId }) => (
          <option key={contextId} value={contextId}>
            {contextId.slice(0, 60)}
          </option>
        ))}
      </select>
      {current === undefined || current.title === '' ? null : (
        <span className="t2 p4">
          <Name text={current.title} most={40} />
        </span>
      )}
    </label>
  );
}
