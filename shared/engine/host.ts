import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

// What the engine needs of its surroundings beside the disk.

/** A socket that is being dialled. `opened` comes first or never; after `closed` nothing comes. */
export interface SocketHandlers {
  opened(): void;
  message(text: string): void;
  closed(reason: string): void;
}

export interface Socket {
  send(text: string): void;
  close(reason: string): void;
}

export interface EngineHost {
  readonly clock: Clock;
  readonly random: Random;
  dial(url: string, handlers: SocketHandlers): Socket;
  /** The user's token for an endpoint: sent in HELLO or AUTH, kept nowhere. */
  token(url: string): Promise<string> | string;
  /** Runs `task` before the host turns to anything else from outside; local writes made until then share one sync to disk. */
  defer(task: () => void): void;
  readonly deviceId: string;
  readonly app: string;
}
