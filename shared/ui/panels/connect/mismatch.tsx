import type { ReactNode } from 'react';
import { DEBUG_PROTOCOL } from '../../../protocol/debug/index.ts';
import { Button } from '../../components/controls.tsx';
import { useInspector } from '../../state/inspector.ts';

/** The protocol that the hub speaks, where its message says so. */
export const protocolIn = (message: string): string => /protocol (\d+)/i.exec(message)?.[1] ?? 'another';

/** Two sides that speak different versions of the protocol: which ones, and which side to update. */
export function Mismatch({ message, onRetry }: { message: string; onRetry: () => void }): ReactNode {
  const inspector = useInspector();
  const theirs = protocolIn(message);
  const newer = Number(theirs) > DEBUG_PROTOCOL;
  const command = 'npm install contextscope@latest';
  return (
    <>
      <h3 className="h c-error">Cannot attach</h3>
      <p role="alert">{message}.</p>
      <div className="cn-ver" role="table" aria-label="Protocol versions">
        <div role="row" className="cn-ver-row">
          <span role="columnheader" />
          <b role="columnheader">Protocol</b>
        </div>
        <div role="row" className="cn-ver-row">
          <span role="rowheader">Hub</span>
          <span role="cell" className="mono c-error">
            {theirs}
          </span>
        </div>
        <div role="row" className="cn-ver-row">
          <span role="rowheader">This inspector</span>
          <span role="cell" className="mono">
            {DEBUG_PROTOCOL}
          </span>
        </div>
      </div>
      <h3 className="h">{newer ? 'Update this inspector' : 'Update the hub'}</h3>
      <p className="t2">{newer ? 'Start the hub of the newer package: it serves the inspector that fits.' : 'In the project that it runs from, and start it again. Clients stay as they are.'}</p>
      <code className="codebox">{command}</code>
      <div className="st-acts">
        <Button icon="copy" label="Copy both versions" onPress={() => void inspector.copy(`Hub: protocol ${theirs}, inspector: protocol ${DEBUG_PROTOCOL}`, 'Both versions')} />
        <Button icon="copy" label="Copy the command" onPress={() => void inspector.copy(command, 'The command')} />
        <Button icon="replay" label="Try again" onPress={onRetry} />
      </div>
    </>
  );
}
