import type { Change, Mutation, MutationOutcome } from '../../shared/core/change.ts';
import type { Digest } from '../../shared/core/digest.ts';
import type { ContextId, LogId, MutationId, Version } from '../../shared/core/ids.ts';
import type { PushSender } from '../../shared/core/server/decide-push.ts';
import type { LogHead } from '../../shared/core/server/log-head.ts';
import type { SimLog, StoredRow } from './sim-server.ts';

/** A context as it stood behind an operation. */
export interface StoreState {
  readonly log: LogHead;
  readonly rows: readonly StoredRow[];
  readonly changes: readonly { readonly change: Change; readonly digest: Digest }[];
}

/** What a run asked of its store, in order, with what the store said and held then. */
export type StoreOperation =
  | { readonly type: 'create' | 'restore' | 'rename' | 'remember' | 'push' | 'compact'; readonly contextId: ContextId; readonly after: StoreState } & (
      | { readonly type: 'create' }
      | { readonly type: 'restore'; readonly backup: SimLog; readonly known: ReadonlyMap<MutationId, MutationOutcome> }
      | { readonly type: 'rename'; readonly from: LogId }
      | { readonly type: 'remember'; readonly outcome: MutationOutcome; readonly now: number }
      | {
          readonly type: 'push';
          readonly sender: PushSender;
          readonly push: { readonly logId: LogId; readonly localVersion: Version; readonly mutations: readonly Mutation[] };
          readonly now: number;
          readonly results: readonly MutationOutcome[];
        }
      | { readonly type: 'compact'; readonly horizon: Version }
    )
  | { readonly type: 'backup'; readonly contextId: ContextId; readonly backup: SimLog }
  | { readonly type: 'digest'; readonly contextId: ContextId; readonly version: Version; readonly digest: Digest | undefined };
