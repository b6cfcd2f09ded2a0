// What is slow, loud or late, by limits that a person sets. The inspector marks what is over one, and changes nothing because of it.

export const THRESHOLDS = {
  opens: { title: 'Opens in', of: 'until its data can be read', unit: 'ms', limit: 1_000 },
  switch: { title: 'Switch, p95', of: 'of a session', unit: 'ms', limit: 100 },
  latency: { title: 'Push to result, p99', of: 'of a context', unit: 'ms', limit: 1_000 },
  conflicts: { title: 'Conflicts a minute', of: 'of a context', unit: '', limit: 40 },
  rate: { title: 'Conflicts of 100 writes', of: 'of 50 writes and more', unit: '', limit: 10 },
  unsynced: { title: 'Writes wait', of: 'while it is open', unit: 's', limit: 60 },
  held: { title: 'Writes wait', of: 'while it is dormant', unit: 'h', limit: 24 },
  quota: { title: 'Share of the quota', of: 'in use', unit: '%', limit: 90 },
  agent: { title: 'Agent busy', of: 'in every second', unit: 'ms', limit: 10 },
} as const satisfies { readonly [id: string]: { readonly title: string; readonly of: string; readonly unit: string; readonly limit: number } };

export type ThresholdId = keyof typeof THRESHOLDS;
export type Limits = { readonly [id in ThresholdId]: number };
export const THRESHOLD_IDS = Object.keys(THRESHOLDS) as readonly ThresholdId[];

/** The limits with those that a person set; what does not fit is as if it was never set. */
export function limitsOf(set: { readonly [id: string]: unknown }): Limits {
  return Object.fromEntries(
    THRESHOLD_IDS.map((id) => {
      const value = set[id];
      return [id, typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : THRESHOLDS[id].limit];
    }),
  ) as Limits;
}

/** Something measured, in the unit of its threshold. `at`: when it was so, where that is known. */
export interface Measured {
  readonly id: ThresholdId;
  readonly value: number;
  readonly contextId: string | null;
  readonly at: number | null;
}

/** What is over its limit, the worst of each threshold and context first. */
export function crossings(measured: readonly Measured[], limits: Limits): readonly Measured[] {
  return measured.filter(({ id, value }) => value > limits[id]).toSorted((a, b) => b.value / limits[b.id] - a.value / limits[a.id]);
}
