import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ContextId } from '../../shared/core/ids.ts';

/** Contexts that get a label of their own; all others share `other`, so that a hundred thousand tenants do not make as many series. */
const LABELLED_CONTEXTS = 50;

/** TE2: what the server counts. Labels never hold a value, a user or a device. */
export class Metrics {
  readonly registry = new Registry();
  readonly #labels = new Set<ContextId>();

  readonly connections = this.#gauge('contextscope_connections', 'Open sockets');
  readonly activations = this.#gauge('contextscope_activations', 'Active subscriptions', ['context']);
  readonly pushes = this.#counter('contextscope_mutations_total', 'Mutations by outcome', ['context', 'outcome']);
  readonly conflictsSettled = this.#counter('contextscope_conflicts_settled_total', 'Conflicts that a device settled, by how', ['context', 'how']);
  readonly sentBytes = this.#counter('contextscope_sent_bytes_total', 'Bytes of changes and snapshots sent', ['context', 'kind']);
  readonly receivedBytes = this.#counter('contextscope_received_bytes_total', 'Bytes of pushes received', ['context']);
  readonly latency = this.#histogram('contextscope_delivery_seconds', 'From the commit of a change to APPLIED of a live subscriber', ['context'], [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]);
  readonly pushTime = this.#histogram('contextscope_push_seconds', 'Time of one push in the store', [], [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5]);
  readonly snapshots = this.#counter('contextscope_snapshots_total', 'Snapshots by how they came about', ['how']);
  readonly snapshotRows = this.#counter('contextscope_snapshot_rows_total', 'Rows or changes read for snapshots', ['how']);
  readonly refused = this.#counter('contextscope_refused_frames_total', 'Frames answered with ERROR, by code', ['code']);
  readonly events = this.#counter('contextscope_events_total', 'Things an operator may want to look at', ['event']);

  constructor(options: { processMetrics: boolean }) {
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  /** The label of a context: its id for the first fifty that the process meets, then `other`. */
  label(contextId: ContextId): string {
    if (this.#labels.has(contextId)) return contextId;
    if (this.#labels.size >= LABELLED_CONTEXTS) return 'other';
    this.#labels.add(contextId);
    return contextId;
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
