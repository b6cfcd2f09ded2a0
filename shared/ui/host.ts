import type { Undo } from '../base/clock.ts';
import type { DebugChannel } from '../protocol/debug/rpc.ts';
import type { RecordingDb } from './state/recording-db.ts';

export type Theme = 'light' | 'dark';

/** What a shell gives the inspector: everything that a page and a DevTools panel do in ways of their own. */
export interface Host {
  readonly kind: 'page' | 'devtools';
  /** The hub as a person would write it, `127.0.0.1:9339`. */
  readonly hubAddress: string;
  /** Where it can be set: the panel has no address of its own to dial. */
  setHubAddress?(address: string): void;
  /** Opens a channel to the hub (`/hub`) or through it to a client (`/client/ID`). It closes by itself when nobody answers. */
  connect(path: string): DebugChannel;
  /** The token for the first frame; null where the hub asks for none. */
  token(): Promise<string | null>;
  /** Gets in by a link that the hub printed or by a pairing code; rejects with what is wrong with it. */
  signIn?(text: string): Promise<void>;
  readonly storage: { get(key: string): string | null; set(key: string, value: string): void };
  /** The theme of what is around the inspector; null: the system decides. */
  readonly theme: { get(): Theme | null; listen(changed: () => void): Undo };
  /** Where the view is kept so that a reload restores it: the page's fragment. */
  readonly location: { read(): string; write(view: string): void; listen(changed: () => void): Undo };
  readonly files: { open(accept: string): Promise<File | null>; save(name: string, content: Blob): void };
  copy(text: string): Promise<void>;
  /** Loads a recording that the hub keeps; absent where there is none to load. */
  loadRecording?(file: string): Promise<ArrayBuffer>;
  openDb(): RecordingDb;
}
