import type { JsonObject } from '../../base/json.ts';
import type { NetworkConditions, ParamsOf, ResultOf } from '../../protocol/debug/index.ts';
import type { ScriptedHub } from './scripted-hub.ts';

// The network of the scripted client: what is emulated, and a switching stress that takes as long as its rounds.

const PER_STEP = 50;
const STEP_MS = 12;

export function networkAnswers(hub: ScriptedHub) {
  let conditions: NetworkConditions | null = null;
  const told = (method: string, commandId: string, more: JsonObject = {}): void => hub.emit([{ at: Date.now(), kind: 'command', data: { commandId, method, by: 'amelie', outcome: 'done', ...more } }]);
  return {
    'Network.emulate': (params: ParamsOf<'Network.emulate'>): ResultOf<'Network.emulate'> => {
      conditions = params.conditions;
      told('Network.emulate', params.commandId, { emulates: conditions !== null });
      return { conditions };
    },
    'Network.conditions': (): ResultOf<'Network.conditions'> => ({
      conditions,
      endpoints: [{ endpoint: 'wss://sync-eu.rounds.example/sync', state: 'ready', since: hub.now - 242_000, rttMs: conditions === null ? 36 : 36 + 2 * conditions.latencyMs, retryAt: null, bytesIn: 1_204_880, bytesOut: 402_112, reconnects: 8 }],
    }),
    'Context.stressSwitch': async ({ commandId, contexts, rounds }: ParamsOf<'Context.stressSwitch'>, signal?: AbortSignal): Promise<ResultOf<'Context.stressSwitch'>> => {
      let done = 0;
      while (done < rounds && signal?.aborted !== true) {
        const at = Date.now();
        for (let n = 0; n < PER_STEP && done < rounds; n++, done++) {
          const ids = { contextId: contexts[done % contexts.length] ?? '', activationId: `a-s${done}` };
          hub.emit([
            { at, kind: 'lifecycle', ...ids, data: { from: 'dormant', to: 'activating', reason: 'the stress asked for it' } },
            ...(done % 3 === 2 ? [] : [{ at: at + 1 + ((done * 7) % 23), kind: 'lifecycle' as const, ...ids, data: { from: 'activating', to: 'active' } }]),
            ...(done % 6 === 5 ? [{ at: at + 2, kind: 'stale' as const, ...ids, data: { what: 'frame', type: 'DELTA', expected: null, got: ids.activationId } }] : []),
          ]);
        }
        hub.progress(commandId, done, rounds);
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
      told('Context.stressSwitch', commandId);
      return { rounds: done, durationMs: (done / PER_STEP) * STEP_MS + 4, p50Ms: 4.7, p95Ms: 31, overtaken: Math.floor(done / 3), broken: [] };
    },
  };
}
