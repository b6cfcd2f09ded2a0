import type { ClientInfo, TargetInfo } from '../../protocol/debug/index.ts';

/** How the inspector stands with the hub. */
export type HubState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open'; readonly hub: string; readonly mode: 'observe' | 'control'; readonly contexts: readonly string[] | null }
  | { readonly state: 'refused'; readonly code: string; readonly message: string }
  | { readonly state: 'closed'; readonly reason: string; readonly retryAt: number };

/** Whose recording is shown, and whether more of it comes. */
export type ClientState =
  | { readonly state: 'none' }
  | { readonly state: 'attaching'; readonly clientId: string }
  | { readonly state: 'attached'; readonly info: ClientInfo; readonly mode: 'observe' | 'control'; readonly contexts: readonly string[] | null }
  | { readonly state: 'lost'; readonly info: ClientInfo; readonly since: number; readonly reason: string; readonly attempt: number; readonly retryAt: number }
  | { readonly state: 'refused'; readonly clientId: string; readonly code: string; readonly message: string }
  | { readonly state: 'opening'; readonly name: string }
  | { readonly state: 'recorded'; readonly info: ClientInfo; readonly name: string };

export const infoOf = (client: ClientState): ClientInfo | null => ('info' in client ? client.info : null);

/** Whether a client dialled in from the machine of the hub. */
export const isLocal = ({ remote }: Pick<TargetInfo, 'remote'>): boolean => /^(?:127\.|::1|localhost|loopback|::ffff:127\.)/.test(remote);

/** What passes between the client and this inspector. */
export interface Traffic {
  readonly rttMs: number | null;
  /** Bytes of events in the last second. */
  readonly bytesPerSecond: number;
  /** Credit that the agent has left before it starts to count instead of send, in bytes. */
  readonly credit: number;
  readonly recordingBytes: number;
}

export const NO_TRAFFIC: Traffic = { rttMs: null, bytesPerSecond: 0, credit: 0, recordingBytes: 0 };
