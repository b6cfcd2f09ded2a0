import type { ReactNode } from 'react';
import { plural } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { useCapable, useIndex, useInspector, useView } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { describeConditions } from './emulation-presets.ts';

/** In the top bar while the network of the client is emulated: nobody should look for a fault that is only that. */
export function EmulatedBadge(): ReactNode {
  const inspector = useInspector();
  const client = useStore(inspector.session.client);
  const { fields } = useView();
  const { index } = useIndex();
  const capable = useCapable('Network.conditions');
  const attached = client.state === 'attached' && capable;
  // Whoever changes the network does it by a command.
  const commands = index.ofKind('command').length;
  const { value } = useAnswer(`emulated ${attached} ${commands}`, attached ? () => inspector.session.call('Network.conditions', {}) : null);
  const conditions = attached ? (value?.conditions ?? null) : null;
  if (conditions === null) return null;
  const { contexts } = conditions;
  const of = contexts === undefined ? 'all contexts' : plural(contexts.length, 'context');
  return (
    <button type="button" className="conn nx-badge tint-conflict" title={`The network of ${of} is emulated: ${describeConditions(conditions)}. Press for the Network panel`} onClick={() => inspector.go('network', { fields: { ...fields, 'network.emulate': 'open' } })}>
      <Icon name="wifi" />
      <b>Emulated</b>
      <span className="opt">{conditions.offline ? 'offline' : describeConditions(conditions)}</span>
    </button>
  );
}
