import { useEffect, useState, type ReactNode } from 'react';
import { isJsonObject, type Json } from '../../../base/json.ts';
import { EVENT_BUDGET_BYTES } from '../../../protocol/debug/index.ts';
import { formatBytes, formatMs } from '../../../views/format.ts';
import { Heading } from '../../components/parts.tsx';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';

const EVERY_MS = 3_000;

/** What the agent says that it costs. */
export interface AgentCost {
  readonly busyPerSecondMs: number;
  readonly heldBytes: number;
}

interface Sample {
  readonly at: number;
  readonly busyMs: number;
  readonly heldBytes: number;
}

/** Asks the client every few seconds while it is shown; null until two answers are there, or when it does not say. */
export function useAgentCost(): AgentCost | null {
  const { session } = useInspector();
  const refused = useRefusal('Telemetry.get');
  const [cost, setCost] = useState<AgentCost | null>(null);
  useEffect(() => {
    setCost(null);
    if (refused !== null) return undefined;
    let before: Sample | null = null;
    let current = true;
    const look = async (): Promise<void> => {
      const { at, client } = await session.call('Telemetry.get', {});
      const sample = sampleOf(at, client['agent']);
      if (!current || sample === null) return;
      if (before !== null && sample.at > before.at) setCost({ busyPerSecondMs: (1_000 * Math.max(0, sample.busyMs - before.busyMs)) / (sample.at - before.at), heldBytes: sample.heldBytes });
      before = sample;
    };
    // What the client does not answer stays unknown, and says so.
    const again = (): void => void look().catch(() => setCost(null));
    again();
    const timer = setInterval(again, EVERY_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [session, refused]);
  return cost;
}

function sampleOf(at: number, agent: Json | undefined): Sample | null {
  if (agent === undefined || !isJsonObject(agent)) return null;
  const { busyMs, bytesHeld } = agent;
  return typeof busyMs === 'number' && typeof bytesHeld === 'number' ? { at, busyMs, heldBytes: bytesHeld } : null;
}

/** What watching costs: the app in time and memory, the wire in bytes. */
export function Cost({ cost, limit }: { cost: AgentCost | null; limit: number }): ReactNode {
  const traffic = useStore(useInspector().session.traffic);
  const unknown = 'unknown';
  const lines = [
    { name: 'Agent busy', value: cost === null ? unknown : `${formatMs(cost.busyPerSecondMs)}/s`, part: cost === null ? null : cost.busyPerSecondMs / limit, limit: `limit ${limit} ms` },
    { name: 'Events held for inspectors', value: cost === null ? unknown : formatBytes(cost.heldBytes), part: cost === null ? null : cost.heldBytes / EVENT_BUDGET_BYTES, limit: `of ${formatBytes(EVENT_BUDGET_BYTES)}` },
    { name: 'Debug channel', value: `${formatBytes(traffic.bytesPerSecond)}/s`, part: null, limit: 'no limit' },
    { name: 'Round trip to the client', value: traffic.rttMs === null ? unknown : formatMs(traffic.rttMs), part: null, limit: '' },
    { name: 'Recording in this page', value: formatBytes(traffic.recordingBytes), part: null, limit: '' },
  ];
  return (
    <section aria-label="Cost of this inspector">
      <Heading note="now, to the app">Cost of this inspector</Heading>
      <div className="tm-cost" role="table" aria-label="What watching costs">
        {lines.map(({ name, value, part, limit: most }) => (
          <div key={name} role="row" className="tm-cost-row">
            <span role="rowheader" className="t2">
              {name}
            </span>
            <span role="cell" className={`num ${value === unknown ? 't3' : part !== null && part > 1 ? 'c-error' : ''}`}>
              {value}
            </span>
            <span role="cell" className="m" aria-hidden="true">
              {part === null ? null : <i className={part > 1 ? 'bg-error' : ''} style={{ width: `${Math.min(100, 100 * part)}%` }} />}
            </span>
            <span role="cell" className="t3">
              {most}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}
