import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { Json } from '../../shared/base/json.ts';
import type { ControlPort } from '../control.ts';
import type { Answers } from './answers.ts';

/** What the agent itself costs. */
export interface AgentCost {
  readonly eventsHeld: number;
  readonly bytesHeld: number;
  readonly eventsSent: number;
  readonly bytesSent: number;
  /** Time spent making and sending batches, in ms. */
  readonly busyMs: number;
}

/** Telemetry.get: counting starts with the first question, from the events that the agent still has. */
export function telemetryAnswers(control: ControlPort, agent: { heard(): Iterable<RuntimeEvent>; cost(): AgentCost }, now: () => number): Answers {
  return {
    'Telemetry.get': () => {
      const { contexts, ...rest } = control.telemetry(agent.heard());
      const sockets = control.endpoints();
      const sum = (pick: (endpoint: (typeof sockets)[number]) => number): number => sockets.reduce((total, endpoint) => total + pick(endpoint), 0);
      const client = { ...rest, contextsKnown: control.rows().length, bytesIn: sum(({ bytesIn }) => bytesIn), bytesOut: sum(({ bytesOut }) => bytesOut), reconnects: sum(({ reconnects }) => reconnects), agent: agent.cost() };
      return { at: now(), startedAt: control.identity.startedAt, contexts: contexts.map(plain), client: plain(client) };
    },
  };
}

const plain = (value: object): { [key: string]: never } => value as { [key: string]: Json } as { [key: string]: never };
