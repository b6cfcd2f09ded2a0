import type { ReactNode, RefObject } from 'react';
import { AnchoredMenu } from './anchored-menu.tsx';
import { Icon } from './icon.tsx';

/** One way to save what is shown. */
export interface ExportChoice {
  readonly label: string;
  readonly note: string;
  run(): void;
}

/** What is saved as a file, and how. `note`: how much it will be; `anchor`: the button that opens it, where it is shown. */
export function ExportMenu({ label, note, choices, anchor, onClose }: { label: string; note?: string; choices: readonly ExportChoice[]; anchor?: RefObject<HTMLElement | null>; onClose: () => void }): ReactNode {
  return (
    <AnchoredMenu label={label} className="ex-menu" {...(anchor === undefined ? {} : { anchor })} onClose={onClose}>
      {note === undefined ? null : <p className="t2 ex-note">{note}</p>}
      <div role="menu" aria-label={label}>
        {choices.map((choice) => (
          <button key={choice.label} type="button" role="menuitem" className="st-mi" onClick={() => { onClose(); choice.run(); }}>
            <Icon name="download" />
            <span>{choice.label}</span>
            <span className="grow" />
            <span className="t2">{choice.note}</span>
          </button>
        ))}
      </div>
    </AnchoredMenu>
  );
}
