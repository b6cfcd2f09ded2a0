import { useId, useRef, useState, type ReactNode } from 'react';
import { IconButton, Tick } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { useModal } from '../components/popover.tsx';
import { useInspector } from '../state/inspector.ts';
import { BINDINGS, keyLabel } from '../state/keys.ts';
import { useStore } from '../state/store.ts';

const PANEL_KEYS = 'Panel 1 to 10';

export function Shortcuts({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { singleKeys } = useStore(inspector.settings);
  const ref = useRef<HTMLDivElement>(null);
  const id = useId();
  const [search, setSearch] = useState('');
  useModal(ref, onClose, { outside: false });
  const needle = search.toLowerCase();
  const found = BINDINGS.filter(({ title, group }) => `${title} ${group}`.toLowerCase().includes(needle));
  const groups = [...new Set(found.map(({ group }) => group))];
  return (
    <div className="scrim st-scrim">
      <div className="dialog st-sheet" role="dialog" aria-modal="true" aria-labelledby={id} ref={ref} tabIndex={-1}>
        <header>
          <h2 id={id}>Keyboard shortcuts</h2>
          <span className="grow" />
          <label className="field">
            <Icon name="search" />
            <input placeholder="Find a shortcut" aria-label="Find a shortcut" value={search} onChange={(event) => setSearch(event.target.value)} />
          </label>
          <IconButton icon="close" label="Close (Esc)" onPress={onClose} />
        </header>
        <div className="body st-keys">
          {groups.map((group) => (
            <section key={group}>
              <h3 className="h">{group}</h3>
              <dl>
                {found
                  .filter((binding) => binding.group === group)
                  .map(({ title, keys }) => (
                    <div key={title}>
                      <dt>{title}</dt>
                      <dd>
                        {(title === PANEL_KEYS ? ['1', '…', '9', '0'] : keys).map((key) => (
                          <kbd key={key}>{keyLabel(key)}</kbd>
                        ))}
                      </dd>
                    </div>
                  ))}
              </dl>
            </section>
          ))}
        </div>
        <footer>
          <span className="t2">Single keys work outside text fields. Nothing that deletes data has a key of its own.</span>
          <span className="grow" />
          <Tick label="Single-key shortcuts" state={singleKeys ? 'on' : 'off'} shown={<span>Single-key shortcuts</span>} onPress={() => inspector.settings.update((settings) => ({ ...settings, singleKeys: !singleKeys }))} />
        </footer>
      </div>
    </div>
  );
}
