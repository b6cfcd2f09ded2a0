import type { NetworkConditions } from '../../shared/protocol/debug/index.ts';
import type { ControlPort } from '../control.ts';
import type { Answers } from './answers.ts';

/** Network.*: what is emulated, and how the sockets stand. */
export function networkAnswers(control: ControlPort): Answers {
  const conditions = (): NetworkConditions | null => {
    const now = control.network.conditions();
    if (now === null) return null;
    const { contexts, ...rest } = now;
    return contexts === undefined ? rest : { ...rest, contexts: [...contexts] };
  };
  return {
    'Network.emulate': (params) => {
      const { contexts, ...rest } = params.conditions ?? {};
      control.network.emulate(params.conditions === null ? null : { ...rest, ...(contexts === undefined ? {} : { contexts }) });
      return { conditions: conditions() };
    },
    'Network.conditions': () => ({ conditions: conditions(), endpoints: [...control.endpoints()] }),
  };
}
