import type { Digest } from '../digest.ts';
import type { LogId, Version } from '../ids.ts';
import type { ContextKind } from '../registry-row.ts';

/** What the server keeps per context beside its log; locked before anything is decided on it (SV1). */
export interface LogHead {
  readonly kind: ContextKind;
  readonly logId: LogId;
  readonly head: Version;
  /** The log starts after this version; older tombstones are gone (SV3). */
  readonly horizon: Version;
  /** The digest at `head` (SY5). */
  readonly digest: Digest;
  readonly schemaVersion: number;
  /** MG4: the oldest app schema that may still read and write this context. */
  readonly readableFrom: number;
}
