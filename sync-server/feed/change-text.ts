import type { ActivationId, ContextId, Version } from '../../shared/core/ids.ts';
import type { Digest } from '../../shared/core/digest.ts';
import type { StoredChange } from '../store/log-store.ts';

/** A change as it goes over the wire. The value's canonical text is put in as it is kept, so nothing is parsed or sorted again. */
export interface WireChange {
  readonly version: Version;
  /** JSON of one `Change`. */
  readonly json: string;
  /** Of `json` in UTF-8. */
  readonly bytes: number;
  readonly digest: Digest;
  /** When it was committed, ms since 1970. */
  readonly at: number;
}

export function wireChange(change: StoredChange): WireChange {
  const json =
    `{"contextId":${JSON.stringify(change.contextId)},"contextVersion":${change.version},"entity":${JSON.stringify(change.entity)},` +
    `"entityId":${JSON.stringify(change.entityId)},"op":"${change.op}",${change.text === null ? '' : `"value":${change.text},`}"timestamp":${change.timestamp},` +
    `${change.stamps === null ? '' : `"stamps":${JSON.stringify(change.stamps)},`}"deviceId":${JSON.stringify(change.deviceId)},` +
    `"mutationId":${JSON.stringify(change.mutationId)},"schemaVersion":${change.schemaVersion}` +
    `${change.resolves === null ? '' : `,"resolves":${JSON.stringify(change.resolves)}`}}`;
  return { version: change.version, json, bytes: Buffer.byteLength(json), digest: change.digest, at: change.at };
}

/** Room in a frame for everything that is no change: two ids of 200 characters, escaped, and the rest. */
export const FRAME_ROOM = 4_096;

/** As many changes as fit into `maxBytes`, and at least one. */
export function fitting(changes: readonly WireChange[], maxBytes: number): readonly WireChange[] {
  let bytes = FRAME_ROOM;
  for (let i = 0; i < changes.length; i++) {
    bytes += (changes[i]?.bytes ?? 0) + 1;
    if (bytes > maxBytes && i > 0) return changes.slice(0, i);
  }
  return changes;
}

export function deltaText(contextId: ContextId, activationId: ActivationId, fromVersion: Version, changes: readonly WireChange[]): string {
  const last = changes.at(-1);
  return (
    `{"type":"DELTA","contextId":${JSON.stringify(contextId)},"activationId":${JSON.stringify(activationId)},"fromVersion":${fromVersion},` +
    `"toVersion":${last?.version ?? fromVersion},"changes":[${changes.map((change) => change.json).join(',')}],"digest":"${last?.digest ?? ''}"}`
  );
}

export function logText(requestId: string, contextId: ContextId, changes: readonly WireChange[], more: boolean, horizon: Version): string {
  return `{"type":"LOG","requestId":${JSON.stringify(requestId)},"contextId":${JSON.stringify(contextId)},"changes":[${changes.map((change) => change.json).join(',')}],"more":${more},"horizon":${horizon}}`;
}
