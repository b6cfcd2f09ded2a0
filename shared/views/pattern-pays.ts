import { quantile } from './activations.ts';

// Whether one database per context pays for an app, by what was measured of it. The figures are those of the choice itself: an app whose
// users see one small context, or that opens all of them anyway, is served as well by one database with a column for the tenant.

/** From this size on a context is worth a file of its own: it can be left out, and loading all of them would be felt. */
export const WORTH_A_FILE_BYTES = 20_000_000;
export const SEVERAL_CONTEXTS = 3;
export const QUICK_SWITCH_MS = 100;
/** Of the quota, from which on it matters that a context can go. */
export const SHARE_THAT_MATTERS = 0.25;

export interface Usage {
  readonly contextsUsed: number;
  /** Of each context that has data on this device. */
  readonly bytes: readonly number[];
  readonly switchMs: readonly number[];
  /** Null: no quota is set, or it is not known. */
  readonly quotaBytes: number | null;
}

export interface Fact {
  readonly name: string;
  readonly value: number | null;
  readonly unit: 'count' | 'bytes' | 'ms' | 'share';
  /** Null: unknown. */
  readonly pays: boolean | null;
  readonly from: number;
}

export interface Verdict {
  readonly facts: readonly Fact[];
  readonly verdict: 'pays' | 'does-not' | 'not-yet' | 'unknown';
  readonly text: string;
}

/** The facts, each with what it speaks for, and what follows from them. */
export function patternPays({ contextsUsed, bytes, switchMs, quotaBytes }: Usage): Verdict {
  const median = bytes.length === 0 ? null : quantile(bytes, 0.5);
  const p95 = switchMs.length === 0 ? null : quantile(switchMs, 0.95);
  const share = quotaBytes === null ? null : bytes.reduce((sum, one) => sum + one, 0) / Math.max(1, quotaBytes);
  const facts: readonly Fact[] = [
    { name: 'Contexts in this session', value: contextsUsed, unit: 'count', pays: contextsUsed === 0 ? null : contextsUsed >= SEVERAL_CONTEXTS, from: SEVERAL_CONTEXTS },
    { name: 'Bytes of a context, p50', value: median, unit: 'bytes', pays: median === null ? null : median >= WORTH_A_FILE_BYTES, from: WORTH_A_FILE_BYTES },
    { name: 'Switch, p95', value: p95, unit: 'ms', pays: p95 === null ? null : p95 <= QUICK_SWITCH_MS, from: QUICK_SWITCH_MS },
    { name: 'Share of the quota', value: share, unit: 'share', pays: share === null ? null : share >= SHARE_THAT_MATTERS, from: SHARE_THAT_MATTERS },
  ];
  const [contexts, size, quick, room] = facts;
  const known = [contexts, size, quick].every((fact) => fact?.pays !== null && fact?.pays !== undefined);
  if (!known) return { facts, verdict: 'unknown', text: 'Open a few contexts and switch between them.' };
  if (contexts?.pays === true && quick?.pays === true && (size?.pays === true || room?.pays === true)) return { facts, verdict: 'pays', text: 'Several contexts of some size, and a switch is not felt.' };
  if (contexts?.pays === false) return { facts, verdict: 'does-not', text: 'Who works in one or two contexts is served by one database.' };
  if (quick?.pays === false) return { facts, verdict: 'not-yet', text: 'A switch is felt. Activation shows which phase takes the time.' };
  return { facts, verdict: 'does-not', text: 'Contexts this small fit into one database with a column for the tenant.' };
}
