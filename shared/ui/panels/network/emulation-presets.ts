import type { NetworkConditions } from '../../../protocol/debug/index.ts';
import { formatCount } from '../../../views/format.ts';

export const CALM: NetworkConditions = { offline: false, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0 };

export interface Preset {
  readonly name: string;
  readonly note: string;
  readonly conditions: NetworkConditions;
}

export const PRESETS: readonly Preset[] = [
  { name: 'Good 4G', note: '45 ms, 20 Mbit/s', conditions: { ...CALM, latencyMs: 45, jitterMs: 10, bandwidthKbps: 20_000 } },
  { name: 'Clinic basement', note: '250 ms, 4% loss', conditions: { ...CALM, latencyMs: 250, jitterMs: 120, dropRate: 0.04, duplicateRate: 0.01, reorderRate: 0.02, bandwidthKbps: 384 } },
  { name: 'Flaky Wi-Fi', note: '60 ms, 8% loss', conditions: { ...CALM, latencyMs: 60, jitterMs: 60, dropRate: 0.08, reorderRate: 0.04 } },
  { name: 'Offline', note: 'nothing passes', conditions: { ...CALM, offline: true } },
];

/** The same network, whomever it is for. */
export const isSameNetwork = (a: NetworkConditions, b: NetworkConditions): boolean => (Object.keys(CALM) as (keyof typeof CALM)[]).every((key) => a[key] === b[key]);

export const presetOf = (conditions: NetworkConditions): Preset | undefined => PRESETS.find((preset) => isSameNetwork(preset.conditions, conditions));

/** `250 ms, 4% loss`: what a badge says of it. */
export function describeConditions(conditions: NetworkConditions): string {
  if (conditions.offline) return 'offline';
  const parts = [
    conditions.latencyMs > 0 ? `${formatCount(conditions.latencyMs)} ms` : '',
    conditions.dropRate > 0 ? `${Math.round(conditions.dropRate * 100)}% loss` : '',
    conditions.bandwidthKbps > 0 ? `${formatCount(conditions.bandwidthKbps)} kbit/s` : '',
  ];
  return parts.filter((part) => part !== '').join(', ') || 'no change';
}
