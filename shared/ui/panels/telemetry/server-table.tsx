import type { ReactNode } from 'react';
import type { BesideLine } from '../../../views/server-side.ts';
import { formatCount, formatMs } from '../../../views/format.ts';
import { LinkButton, Name } from '../../components/parts.tsx';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { Chip } from './card.tsx';

/** As many as stand beside the charts without scrolling. */
const SHOWN = 5;
const TONES = { yes: 'c-active', opening: 'c-activating', closing: 'c-deactivating', no: 't3' } as const;
const none = <span className="t3">–</span>;

/** What this client knows of its server beside what it knows of itself, and where the rest can be seen. */
export function ServerTable({ lines, colours, minute }: { lines: readonly BesideLine[]; colours: ReadonlyMap<string, string | null>; minute: number }): ReactNode {
  const inspector = useInspector();
  const refused = useRefusal('Network.conditions');
  const { value } = useAnswer(`round trips ${minute} ${refused ?? ''}`, refused === null ? () => inspector.session.call('Network.conditions', {}) : null);
  const trips = (value?.endpoints ?? []).flatMap(({ rttMs }) => rttMs ?? []);
  const endpoint = lines[0]?.context.row.endpoint ?? '';
  const base = endpoint.replace(/^ws/, 'http').replace(/\/sync$/, '');
  const command = `curl -H "Authorization: Bearer $(npx contextscope token ops --admin)" ${base}/contexts/hotspots`;
  return (
    <section className="tm-server" aria-label="Server beside client">
      <div className="tm-h">
        <h3>Server beside client</h3>
        <span className="t3">as this client was told</span>
        <span className="grow" />
        {trips.length === 0 ? null : (
          <span className="t2">
            round trip <b>{formatMs(Math.min(...trips))}</b>
          </span>
        )}
      </div>
      <table className="tm-sv" aria-label="Client and server side by side">
        <thead>
          <tr>
            <td />
            <th scope="colgroup" colSpan={1}>
              Subscribed
            </th>
            <th scope="colgroup" colSpan={3}>
              Version
            </th>
            <th scope="colgroup" colSpan={4}>
              Writes from here, as the server answered
            </th>
          </tr>
          <tr>
            <th scope="col">Context</th>
            <th scope="col">here</th>
            <th scope="col" className="num">here</th>
            <th scope="col" className="num">server</th>
            <th scope="col" className="num">behind</th>
            <th scope="col" className="num">answer, p50</th>
            <th scope="col" className="num">applied</th>
            <th scope="col" className="num">conflict</th>
            <th scope="col" className="num">rejected</th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, SHOWN).map(({ context, subscribed, resultP50, results }) => (
            <tr key={context.contextId}>
              <th scope="row">
                <Chip context={context} colour={colours.get(context.contextId) ?? null} />
                <Name text={context.contextId} most={60} />
              </th>
              <td className={TONES[subscribed]}>{subscribed}</td>
              <td className="num c-local">{context.row.partition.present ? formatCount(context.row.localVersion) : none}</td>
              <td className="num c-remote">{formatCount(context.row.serverVersion)}</td>
              <td className="num">{context.behind === 0 ? <span className="t3">0</span> : formatCount(context.behind)}</td>
              <td className="num">{resultP50 === null ? none : formatMs(resultP50)}</td>
              <td className="num c-remote">{results === null ? none : formatCount(results.applied)}</td>
              <td className={`num ${(results?.conflict ?? 0) > 0 ? 'c-conflict' : 'c-remote'}`}>{results === null ? none : formatCount(results.conflict)}</td>
              <td className={`num ${(results?.rejected ?? 0) > 0 ? 'c-error' : 'c-remote'}`}>{results === null ? none : formatCount(results.rejected)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length === 0 ? <p className="t2 tm-p">The server has told nothing of these contexts yet.</p> : null}
      <p className="t2 tm-note" title="Subscribers, delivery to other devices and conflicts of all of them are known to the server alone: /metrics and /contexts/hotspots, with a token for the admin API">
        {lines.length > SHOWN ? <span>{formatCount(lines.length - SHOWN)} more</span> : null}
        <span>
          other devices: <code>/metrics</code>, <code>/contexts/hotspots</code> of the server
        </span>
        {base === '' ? null : <LinkButton onPress={() => void inspector.copy(command, 'The command')}>Copy the command</LinkButton>}
      </p>
    </section>
  );
}
