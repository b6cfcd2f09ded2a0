import type { SqliteHandle } from '../../shared/recording/index.ts';

/** What the flight recorder needs of the disk: small files that grow at their end, apart from the store's own. */
export interface AppendFiles {
  /** `at`: when it was last written to, in ms since 1970. */
  list(): readonly { readonly name: string; readonly bytes: number; readonly at: number }[];
  read(name: string): Uint8Array;
  /** At most `length` bytes of a file, from a place in it on. */
  readPart(name: string, from: number, length: number): Uint8Array;
  /** Appends in one write, so that what ends afterwards, however it ends, leaves it whole; makes the file when there is none. */
  append(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
  /** An SQLite database that `fill` has filled, as the bytes of its file. */
  database(fill: (db: SqliteHandle) => void): Uint8Array;
  close(): void;
}
