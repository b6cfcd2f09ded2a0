import type { Clock } from '../shared/base/clock.ts';
import type { Random } from '../shared/base/random.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { Socket, SocketHandlers } from '../shared/engine/host.ts';
import type { AppendFiles } from './recorder/index.ts';
import type { StoreFiles } from './storage/store-files.ts';

/** Where a client runs: everything that is not ECMAScript comes in through here. `contextscope/node` makes one. */
export interface Platform {
  /** Shown in the inspector, for example `node 24.21.0 on linux`. */
  readonly name: string;
  readonly type: 'page' | 'worker' | 'node' | 'phone';
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash64;
  /** Opens the store; throws `STORE_LOCKED` when another process has it. `token` authorises downloads. */
  files(token: (endpoint: string) => Promise<string> | string): StoreFiles;
  dial(url: string, handlers: SocketHandlers): Socket;
  defer(task: () => void): void;
  /** Where the flight recorder appends (RP1); left out, this platform has none. */
  recorderFiles?(): AppendFiles;
}
