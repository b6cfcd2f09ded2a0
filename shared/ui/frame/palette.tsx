import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Icon } from '../components/icon.tsx';
import { Name } from '../components/parts.tsx';
import { useModal } from '../components/popover.tsx';
import { useInspector } from '../state/inspector.ts';
import { commandsOf, findings, type Command } from './commands.ts';

const optionId = (command: Command): string => `st-on-${command.id}`;

/** Search and commands, for hands that stay on the keyboard. */
export function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const ref = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  useModal(ref, onClose, { initial: input });
  const found = useMemo(() => {
    const needle = typed.replace(/^>/, '').trim().toLowerCase();
    const commands = commandsOf(inspector).filter(({ title, group }) => needle === '' || `${title} ${group}`.toLowerCase().includes(needle));
    const others = typed.trim() === '' ? [] : findings(inspector, typed);
    return '@#:'.includes(typed.charAt(0)) && typed !== '' ? others : [...commands, ...others];
  }, [inspector, typed]);
  const current = found[Math.min(chosen, found.length - 1)];
  useEffect(() => {
    if (current !== undefined) document.getElementById(optionId(current))?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const run = (command: Command | undefined): void => {
    if (command === undefined || (command.off ?? null) !== null) return;
    onClose();
    command.run();
  };
  return (
    <div className="scrim st-scrim">
      <div className="st-pal" role="dialog" aria-modal="true" aria-label="Command palette" ref={ref}>
        <label className="st-in">
          <Icon name="search" />
          <input
            ref={input}
            value={typed}
            placeholder="Search contexts and events, or run a command"
            role="combobox"
            aria-expanded="true"
            aria-controls="st-list"
            aria-activedescendant={current === undefined ? undefined : optionId(current)}
            aria-label="Search or run a command"
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
              setChosen(0);
            }}
            onKeyDown={(event) => {
              const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
              if (by !== undefined) {
                event.preventDefault();
                setChosen((Math.min(chosen, found.length - 1) + by + found.length) % Math.max(1, found.length));
              } else if (event.key === 'Enter') {
                event.preventDefault();
                run(current);
              }
            }}
          />
          <kbd>Esc</kbd>
        </label>
        <ul role="listbox" id="st-list" aria-label="Commands">
          {found.map((command, index) => (
            <Option key={command.id} command={command} heading={found[index - 1]?.group === command.group ? null : command.group} selected={command === current} onHover={() => setChosen(index)} onPress={() => run(command)} />
          ))}
          {found.length === 0 ? (
            <li role="option" aria-selected="false" aria-disabled="true" className="st-nil t2">
              Nothing matches. Contexts by @, a seq by #, a time by :
            </li>
          ) : null}
        </ul>
        <div className="st-foot">
          <span>
            <kbd>↑</kbd>
            <kbd>↓</kbd> choose
          </span>
          <span>
            <kbd>Enter</kbd> run
          </span>
          <span className="grow" />
          <span className="t3">
            <kbd>&gt;</kbd>commands
          </span>
          <span className="t3">
            <kbd>@</kbd>contexts
          </span>
          <span className="t3">
            <kbd>#</kbd>seq
          </span>
          <span className="t3">
            <kbd>:</kbd>time
          </span>
        </div>
      </div>
    </div>
  );
}

function Option({ command, heading, selected, onHover, onPress }: { command: Command; heading: string | null; selected: boolean; onHover: () => void; onPress: () => void }): ReactNode {
  const off = command.off ?? null;
  return (
    <>
      {heading === null ? null : (
        <li role="presentation" className="st-g">
          <Name text={heading} most={80} />
        </li>
      )}
      <li
        role="option"
        id={optionId(command)}
        aria-selected={selected}
        aria-disabled={off === null ? undefined : true}
        className={`st-opt ${selected ? 'is-selected' : ''} ${off === null ? '' : 'is-dis'}`}
        onPointerMove={onHover}
        onClick={onPress}
      >
        <Icon name={command.icon} className="t2" />
        <span className="st-t">
          <Name text={command.title} most={100} />
        </span>
        {command.hint === undefined ? null : (
          <span className="t2 st-s">
            <Name text={command.hint} most={100} />
          </span>
        )}
        <span className="grow" />
        {off === null ? null : <span className="t3">{off}</span>}
        {command.key === undefined ? null : <kbd>{command.key}</kbd>}
      </li>
    </>
  );
}
