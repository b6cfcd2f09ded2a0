import type { ReactNode } from 'react';
import { quantile } from '../../../views/activations.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { formatBytes, formatMs } from '../../../views/format.ts';

const SMALL_BYTES = 50_000_000;

/** Whether one database per context pays for this app, by what was measured here. */
export function PaysCard({ contexts, index, opens }: { contexts: readonly ContextNow[]; index: EventIndex; opens: readonly number[] }): ReactNode {
  const tenants = contexts.filter(({ row }) => row.kind === 'tenant');
  const used = tenants.filter(({ contextId }) => (index.tracks.get(contextId)?.activation.length ?? 0) > 0).length;
  const sizes = tenants.filter(({ row }) => row.partition.present).map(({ row }) => row.partition.bytes);
  const median = quantile(sizes, 0.5);
  const p95 = quantile(opens, 0.95);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const facts = [
    { name: 'Contexts in this session', value: String(used), pays: used >= 2 },
    { name: 'Bytes per context, p50', value: formatBytes(median), pays: median >= SMALL_BYTES },
    { name: 'Opens in, p95', value: opens.length === 0 ? 'not seen' : formatMs(p95), pays: opens.length > 0 && p95 < 1_000 },
    { name: 'Held in all', value: formatBytes(total), pays: total >= 4 * SMALL_BYTES },
  ];
  const paying = facts.filter(({ pays }) => pays).length;
  const verdict = used < 2 && median < SMALL_BYTES ? 'One database with a tenant column would do here.' : paying >= 3 ? 'The pattern pays here.' : 'It may pay: watch a longer session.';
  return (
    <section className="tm-card tm-pays" aria-label="When the pattern pays">
      <h3>
        <b>Does it pay here</b>
        <span className="t3">by this session</span>
      </h3>
      <dl className="kv">
        {facts.map(({ name, value, pays }) => (
          <div key={name} className="cf-try-line">
            <dt>{name}</dt>
            <dd className={pays ? 'c-ok' : ''}>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        <b>{verdict}</b>
      </p>
    </section>
  );
}
