import { clientState } from '../../../shared/core/client/step.ts';
import type { ClientState } from '../../../shared/core/client/state.ts';
import type { UserId } from '../../../shared/core/ids.ts';
import type { RunAbout } from '../../../shared/recording/index.ts';
import type { AppendFiles } from '../append-files.ts';

export const ABOUT: RunAbout = {
  runId: 'run-1',
  deviceId: 'device-a',
  userId: 'amelie',
  app: 'test',
  platform: 'node',
  type: 'node',
  startedAt: 1_000,
  schema: { version: 1, readableFrom: 1, entities: {}, migrations: [] },
  sync: { digest: 'replay', maxHeldBytes: 1_000 },
};

export const emptyClient = (): ClientState => clientState({ userId: 'amelie' as unknown as UserId, policy: { maxActive: 1, graceMs: 0, drain: true, pruneAfterDays: null, quotaBytes: null }, endpoints: [], idPrefix: 'x.', rows: [] });

/** Files in memory, on a disk of `room` bytes. */
export class MemoryAppendFiles implements AppendFiles {
  readonly files = new Map<string, Uint8Array>();
  room: number;
  now: () => number;

  constructor(room = Number.POSITIVE_INFINITY, now: () => number = () => 0) {
    this.room = room;
    this.now = now;
  }

  list(): { name: string; bytes: number; at: number }[] {
    return [...this.files].map(([name, bytes]) => ({ name, bytes: bytes.length, at: this.now() }));
  }

  read(name: string): Uint8Array {
    return this.files.get(name) ?? new Uint8Array();
  }

  readPart(name: string, from: number, length: number): Uint8Array {
    return this.read(name).subarray(from, from + length);
  }

  append(name: string, bytes: Uint8Array): void {
    const used = [...this.files.values()].reduce((sum, file) => sum + file.length, 0);
    if (used + bytes.length > this.room) throw new Error('ENOSPC: no space left on device');
    const before = this.read(name);
    const whole = new Uint8Array(before.length + bytes.length);
    whole.set(before);
    whole.set(bytes, before.length);
    this.files.set(name, whole);
  }

  remove(name: string): void {
    this.files.delete(name);
  }

  database(): Uint8Array {
    throw new Error('no database here');
  }

  close(): void {
    return;
  }
}
