import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import { Name } from './parts.tsx';

interface TagsProps {
  readonly chosen: readonly string[];
  /** What can still be chosen. */
  readonly others: readonly string[];
  readonly onChosen: (chosen: readonly string[]) => void;
}

/** The contexts that something is for: each can be left out, others added. */
export function ContextTags({ chosen, others, onChosen }: TagsProps): ReactNode {
  return (
    <>
      {chosen.map((id) => (
        <button key={id} type="button" className="tag line" aria-label={`Leave out ${id}`} onClick={() => onChosen(chosen.filter((one) => one !== id))}>
          <Name text={id} most={40} /> <Icon name="close" />
        </button>
      ))}
      {others.length === 0 ? null : (
        <select aria-label="Add a context" value="" onChange={(event) => onChosen([...chosen, event.target.value])}>
          <option value="" disabled>
            Add…
          </option>
          {others.map((id) => (
            <option key={id} value={id}>
              {id.slice(0, 60)}
            </option>
          ))}
        </select>
      )}
    </>
  );
}
