import { PHASES, type Phase } from '../core/events.ts';
import { number, text, type Reader } from './reader.ts';

export interface ActivationPhase {
  readonly phase: Phase;
  readonly durationMs: number;
  readonly outcome: string;
}

export interface Activation {
  readonly activationId: string;
  readonly startedAt: number;
  readonly reason: string;
  readonly phases: readonly ActivationPhase[];
  readonly totalMs: number;
  /** How many changes the catch-up brought. */
  readonly changes: number;
}

/** Phases that wait for the server; the others are this device's own time. */
export const isRemotePhase = (phase: Phase): boolean => phase === 'connect' || phase === 'catch-up';

export const phaseOf = (value: unknown): Phase | undefined => PHASES.find((name) => name === value);

/** The last activations of a context up to a place, newest first, each with its phases. */
export async function activationsOf(read: Reader, contextId: string, upTo: number, limit: number): Promise<readonly Activation[]> {
  const rows = await read(
    `SELECT activationId, at, kind, durationMs, fromVersion, toVersion, data FROM events
     WHERE contextId = ?1 AND place <= ?2 AND kind IN ('phase', 'lifecycle') AND activationId IN (
       SELECT activationId FROM events WHERE contextId = ?1 AND kind = 'phase' AND activationId IS NOT NULL AND place <= ?2
       GROUP BY activationId ORDER BY max(place) DESC LIMIT ?3)
     ORDER BY place`,
    [contextId, upTo + 1, limit],
  );
  const byId = new Map<string, { startedAt: number; reason: string; phases: ActivationPhase[]; changes: number }>();
  for (const row of rows) {
    const id = text(row['activationId']);
    const data = JSON.parse(text(row['data']) || '{}') as { [key: string]: unknown };
    let activation = byId.get(id);
    if (activation === undefined) byId.set(id, (activation = { startedAt: number(row['at']), reason: '', phases: [], changes: 0 }));
    if (row['kind'] === 'lifecycle') {
      if (data['to'] === 'activating') {
        activation.startedAt = number(row['at']);
        activation.reason = typeof data['reason'] === 'string' ? data['reason'] : '';
      }
      continue;
    }
    const phase = phaseOf(data['phase']);
    if (phase === undefined) continue;
    activation.phases.push({ phase, durationMs: number(row['durationMs']), outcome: typeof data['outcome'] === 'string' ? data['outcome'] : '' });
    if (phase === 'catch-up' && row['toVersion'] !== null) activation.changes = number(row['toVersion']) - number(row['fromVersion']);
  }
  return [...byId].map(([activationId, { startedAt, reason, phases, changes }]) => ({
    activationId,
    startedAt,
    reason,
    phases,
    changes,
    totalMs: phases.reduce((sum, phase) => sum + phase.durationMs, 0),
  })).reverse();
}

/** A quantile by nearest rank; 0 for nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? 0;
}

/** p50 per phase over these activations. */
export function phaseMedians(activations: readonly Activation[]): ReadonlyMap<Phase, number> {
  const out = new Map<Phase, number>();
  for (const phase of PHASES) {
    const times = activations.flatMap(({ phases }) => phases.filter((one) => one.phase === phase && one.outcome === 'done').map(({ durationMs }) => durationMs));
    if (times.length > 0) out.set(phase, quantile(times, 0.5));
  }
  return out;
}
