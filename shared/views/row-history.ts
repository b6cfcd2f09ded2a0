import { isJsonObject, type Json } from '../base/json.ts';

/** A change of a row as a log has it. */
export interface RowVersion {
  readonly version: number;
  readonly op: 'put' | 'delete';
  readonly value: Json | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly deviceId: string;
  readonly mutationId: string;
}

const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The changes that `Context.history` gave, oldest first; what is none is left out. */
export function versionsOf(changes: readonly Json[]): readonly RowVersion[] {
  return changes
    .flatMap((one): RowVersion[] => {
      if (!isJsonObject(one) || typeof one['contextVersion'] !== 'number') return [];
      return [{ version: one['contextVersion'], op: one['op'] === 'delete' ? 'delete' : 'put', value: one['value'], at: Number(one['timestamp'] ?? 0), deviceId: textIn(one['deviceId']), mutationId: textIn(one['mutationId']) }];
    })
    .toSorted((a, b) => a.version - b.version);
}

/** One step of a row on its way through a conflict; `version` null: it is not in the log, or not yet. */
export interface HistoryStep {
  readonly role: 'earlier' | 'base' | 'mine' | 'theirs' | 'result' | 'later';
  readonly version: number | null;
  readonly by: string;
}

const EARLIER = 2;
const LATER = 2;

/**
 * How a row came to a conflict and went on: what it stood on, mine and theirs beside each other, what became of them. `mutationIds`: the writes that lost
 * their place, and the one that took it; `pending`: those that are not in the log yet.
 */
export function conflictSteps(versions: readonly RowVersion[], conflict: { readonly baseVersion: number | null; readonly theirVersion: number | null; readonly theirDevice: string; readonly mutationIds: readonly string[]; readonly myDevice: string; readonly pending: readonly string[] }): readonly HistoryStep[] {
  const { baseVersion, theirVersion, theirDevice, mutationIds, myDevice, pending } = conflict;
  const step = (role: HistoryStep['role']) => ({ version, deviceId }: RowVersion): HistoryStep => ({ role, version, by: deviceId });
  const base = baseVersion === null || baseVersion === 0 ? undefined : versions.find(({ version }) => version === baseVersion);
  const before = versions.filter(({ version }) => version < (baseVersion ?? theirVersion ?? 0));
  const steps: HistoryStep[] = before.slice(-EARLIER).map(step('earlier'));
  if (baseVersion !== null && baseVersion > 0) steps.push({ role: 'base', version: baseVersion, by: base?.deviceId ?? '' });
  steps.push({ role: 'mine', version: null, by: myDevice });
  if (theirVersion !== null) steps.push({ role: 'theirs', version: theirVersion, by: theirDevice });
  const made = mutationIds.at(-1);
  const result = mutationIds.length < 2 ? undefined : versions.find(({ mutationId, version }) => mutationId === made && version > (theirVersion ?? 0));
  if (result !== undefined) steps.push(step('result')(result));
  else if (made !== undefined && pending.includes(made)) steps.push({ role: 'result', version: null, by: myDevice });
  const last = result?.version ?? theirVersion ?? baseVersion ?? 0;
  return [...steps, ...versions.filter(({ version }) => version > last).slice(0, LATER).map(step('later'))];
}
