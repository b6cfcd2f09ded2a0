import type { Clock } from '../shared/base/clock.ts';
import { EVENT_BUDGET_BYTES, MAX_DEBUG_BYTES } from '../shared/protocol/debug/index.ts';

/** Where a hub listens unless it is told otherwise. */
export const DEFAULT_PORT = 9339;
export const DEFAULT_HOST = '127.0.0.1';

/** The id that the key in the manifest gives our extension. */
export const EXTENSION_ID = 'gdnnjnfoinhdobjabcgdogihhigpjdfj';

const HOUR = 3_600_000;

/** Everything that a hub bounds. Bytes and milliseconds. */
export interface HubLimits {
  readonly frameBytes: number;
  readonly agents: number;
  readonly inspectors: number;
  /** Sockets that have not said hello. */
  readonly strangers: number;
  readonly helloMs: number;
  /** DB7: how often the hub asks whether the other side is there; after three times without a word it is not. */
  readonly heartbeatMs: number;
  /** DB4: what an agent may send ahead of what is on disk. */
  readonly agentCreditBytes: number;
  /** How many events an inspector that was up to date may fall behind before events are left out. */
  readonly inspectorLagEvents: number;
  /** What may wait in the buffer of an inspector's socket. */
  readonly inspectorBufferBytes: number;
  readonly callsAtOnce: number;
  /** Events wait so long, and so many bytes of them, before they are written in one transaction. */
  readonly flushMs: number;
  readonly flushBytes: number;
  /** How soon steps of the flight recorder follow the events they belong to, and how long a copy waits for the last of them. */
  readonly stepsEveryMs: number;
  readonly stepsPatienceMs: number;
  readonly recordingBytes: number;
  readonly allRecordingsBytes: number;
  readonly recordingAgeMs: number;
  /** DB8: the age at which recordings with `full` values expire. */
  readonly fullValuesAgeMs: number;
  readonly retentionEveryMs: number;
  readonly reportBytes: number;
  readonly allReportsBytes: number;
  readonly auditBytes: number;
  readonly sessionAgeMs: number;
}

export const DEFAULT_LIMITS: HubLimits = {
  frameBytes: MAX_DEBUG_BYTES,
  agents: 256,
  inspectors: 64,
  strangers: 64,
  helloMs: 10_000,
  heartbeatMs: 10_000,
  agentCreditBytes: EVENT_BUDGET_BYTES,
  inspectorLagEvents: 250_000,
  inspectorBufferBytes: 1_048_576,
  callsAtOnce: 256,
  flushMs: 20,
  flushBytes: 524_288,
  stepsEveryMs: 1_000,
  stepsPatienceMs: 5_000,
  recordingBytes: 268_435_456,
  allRecordingsBytes: 2_147_483_648,
  recordingAgeMs: 7 * 24 * HOUR,
  fullValuesAgeMs: 24 * HOUR,
  retentionEveryMs: 60_000,
  reportBytes: 268_435_456,
  allReportsBytes: 1_073_741_824,
  auditBytes: 16_777_216,
  sessionAgeMs: 7 * 24 * HOUR,
};

export interface HubOptions {
  /** Holds recordings, reports, the audit log and `hub.json`. */
  readonly dataDir: string;
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Lets the hub listen beyond this machine without TLS. */
  readonly allowRemote?: boolean;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Names besides its addresses by which the hub is called: what a `Host` header may say. */
  readonly hosts?: readonly string[];
  /** Origins besides its own that may talk to the hub, as `http://localhost:5173`. */
  readonly origins?: readonly string[];
  /** Ids of extensions that may talk to the hub; default: ours. */
  readonly extensionIds?: readonly string[];
  /** The built inspector. */
  readonly webDir?: string;
  readonly version?: string;
  readonly limits?: Partial<HubLimits>;
  readonly clock?: Clock;
  /** What a person at the hub's terminal should see: pairing codes, refused connections. */
  readonly log?: (line: string) => void;
}
