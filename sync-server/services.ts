import type { Logger } from 'pino';
import type { Clock } from '../shared/base/clock.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { Verifier } from './access/tokens.ts';
import type { Connections } from './connection/connections.ts';
import type { Feeds } from './feed/feeds.ts';
import type { Limits } from './limits.ts';
import type { Snapshots } from './snapshots/snapshots.ts';
import type { LogStore } from './store/log-store.ts';
import type { Hotspots } from './telemetry/hotspots.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Writers } from './writers.ts';

/** What connections and HTTP calls share in one server process. */
export interface Services {
  readonly store: LogStore;
  readonly verify: Verifier;
  readonly clock: Clock;
  readonly hash: Hash64;
  readonly feeds: Feeds;
  readonly snapshots: Snapshots;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly hotspots: Hotspots;
  readonly log: Logger;
  readonly limits: Limits;
  readonly writers: Writers;
}
