import type { ReactNode } from 'react';
import { formatBytes, formatSecond, plural } from '../../../views/format.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading } from '../../components/parts.tsx';
import { useReportDrop } from '../../components/use-report-drop.ts';
import { useInspector } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import type { HubSession } from './use-sessions.ts';

const START = 'npm start';

/** How to get a client here, and what this hub is. */
export function Ways({ sessions }: { sessions: readonly HubSession[] | null }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const targets = useStore(inspector.hub.targets);
  const attached = sessions?.filter(({ clientId }) => clientId !== null) ?? null;
  const { hubAddress } = inspector.host;
  const { over, drop } = useReportDrop();
  const before = ["import { startAgent } from 'contextscope/agent'", "import { createContextClient } from 'contextscope'", '', 'const client = createContextClient({ platform, /* your app */ })'];
  const line = `startAgent(client, { platform, hub: 'ws://${hubAddress}' })`;
  return (
    <aside className="cn-ways" aria-label="Get a client here">
      <div className="bar">
        <b>Get a client here</b>
      </div>
      <div className="scroll" tabIndex={0} role="group" aria-label="Ways to get a client">
        <div className="sec">
          <h3 className="h">
            <span className="cn-n">1</span> From anywhere <span className="t2">page, worker, Node, phone</span>
            <Button className="quiet cn-copy push" icon="copy" label="Copy" onPress={() => void inspector.copy([...before, line].join('\n'), 'The lines')} />
          </h3>
          <pre className="codebox cn-snip">
            {before.join('\n')}
            {'\n'}
            <mark>{line}</mark>
          </pre>
        </div>
        <div className="sec">
          <h3 className="h">
            <span className="cn-n">2</span> From a file <span className="t2">a report that a user sent</span>
          </h3>
          <div
            className={`cn-drop ${over ? 'is-over' : ''}`}
            {...drop}
          >
            <Icon name="file" className="t2" />
            <span>
              <span>Drop a report here</span>
              <span className="t2">.ctxscope, opens read-only</span>
            </span>
            <Button label="Open a report…" kbd={modKey('O')} onPress={() => void inspector.openRecording()} />
          </div>
        </div>
        <div className="sec cn-demo">
          <Heading>No app yet</Heading>
          <p className="t2">Starts a sync server and three clients of twelve clinics, and prints a link that opens here. No code to type.</p>
          <code className="codebox">{START}</code>
          <IconButton icon="copy" label="Copy the command" onPress={() => void inspector.copy(START, 'The command')} />
        </div>
        <div className="sec">
          <Heading note={hub.state === 'open' ? hub.hub : undefined}>This hub</Heading>
          <dl className="kv">
            <dt>Address</dt>
            <dd className="mono">{hubAddress}</dd>
            <dt>This session</dt>
            <dd>{hub.state === 'open' ? `${hub.mode}${hub.contexts === null ? '' : `, limited to ${plural(hub.contexts.length, 'context')}`}` : 'none'}</dd>
            {attached === null ? null : (
              <>
                <dt>Attached</dt>
                <dd>{attached.length === 0 ? 'nobody' : attached.map(({ name, mode, since }) => `${name.slice(0, 40)} (${mode}) since ${formatSecond(since)}`).join(', ')}</dd>
              </>
            )}
            {targets.length === 0 ? null : (
              <>
                <dt>Recordings</dt>
                <dd>
                  {formatBytes(targets.reduce((sum, { recordingBytes }) => sum + recordingBytes, 0))} of {plural(targets.length, 'client')}
                </dd>
              </>
            )}
          </dl>
        </div>
      </div>
    </aside>
  );
}
