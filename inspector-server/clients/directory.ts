import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { Emitter } from '../../shared/base/emitter.ts';
import type { ClientInfo, TargetInfo } from '../../shared/protocol/debug/index.ts';
import { RECORDING_EXTENSION, RecordingReader } from '../../shared/recording/index.ts';
import type { HubLimits } from '../options.ts';
import { SEEN_AT } from '../recordings/live-recording.ts';
import { closeRecording, openRecording, recordingFile } from '../recordings/open-recording.ts';
import { Client } from './client.ts';

/** Every client that is here, or of which a recording is kept. */
export class Directory {
  /** Somebody came, went or changed. */
  readonly changed = new Emitter<void>();
  readonly #folder: string;
  readonly #limits: HubLimits;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #clients = new Map<string, Client>();

  constructor(folder: string, limits: HubLimits, clock: Clock, log: (line: string) => void) {
    this.#folder = folder;
    this.#limits = limits;
    this.#clock = clock;
    this.#log = log;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (name.endsWith(RECORDING_EXTENSION)) this.#findAgain(join(folder, name));
  }

  get(clientId: string): Client | undefined {
    return this.#clients.get(clientId);
  }

  all(): Iterable<Client> {
    return this.#clients.values();
  }

  /** DB7: the client of this id, with the recording it had. */
  greet(info: ClientInfo): Client {
    const known = this.#clients.get(info.clientId);
    if (known !== undefined) {
      known.info = info;
      return known;
    }
    const client = new Client(info, recordingFile(this.#folder, info.clientId), this.#limits, this.#clock, this.#log);
    this.#clients.set(info.clientId, client);
    return client;
  }

  targets(): TargetInfo[] {
    return [...this.#clients.values()].map((client) => client.target()).sort((a, b) => Number(b.connected) - Number(a.connected) || b.lastSeenAt - a.lastSeenAt);
  }

  /** DB8: what is too old or too much goes; a client that is gone and of which nothing is left is no longer listed. */
  retain(isAll = true): void {
    const { recordingAgeMs, fullValuesAgeMs, recordingBytes } = this.#limits;
    let isChanged = false;
    for (const client of [...this.#clients.values()].filter(({ isOpen }) => isAll || isOpen)) {
      const ageMs = client.recording().reader.clients().some(({ valuePolicy }) => valuePolicy === 'full') ? Math.min(fullValuesAgeMs, recordingAgeMs) : recordingAgeMs;
      isChanged = client.recording().retain(ageMs, recordingBytes) > 0 || isChanged;
      if (client.isIdle && client.recording().reader.summary().events === 0) this.#remove(client);
      else client.rest();
    }
    isChanged = this.#shrink() || isChanged;
    if (isChanged) this.changed.emit();
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  /** All recordings together: those of clients that are gone longest go first. */
  #shrink(): boolean {
    const bytesOf = (client: Client): number => client.target().recordingBytes;
    let total = [...this.#clients.values()].reduce((sum, client) => sum + bytesOf(client), 0);
    if (total <= this.#limits.allRecordingsBytes) return false;
    const gone = [...this.#clients.values()].filter(({ isIdle }) => isIdle).sort((a, b) => a.lastSeenAt - b.lastSeenAt);
    for (const client of gone) {
      if (total <= this.#limits.allRecordingsBytes) break;
      total -= bytesOf(client);
      this.#remove(client);
    }
    return true;
  }

  #remove(client: Client): void {
    client.close();
    this.#clients.delete(client.clientId);
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${client.file}${suffix}`, { force: true });
  }

  #findAgain(file: string): void {
    try {
      const lastSeenAt = statSync(file).mtimeMs;
      const { db, putAside } = openRecording(file, {}, this.#clock.now());
      const reader = RecordingReader.open(db);
      const info = reader.clients().at(-1);
      const seenAt = Number(reader.meta().get(SEEN_AT) ?? Number.NaN);
      const isEmpty = info === undefined && reader.summary().events === 0;
      closeRecording(db);
      if (putAside !== null) this.#log(`A damaged recording was put aside as ${putAside}`);
      if (info === undefined || recordingFile(this.#folder, info.clientId) !== file) {
        if (isEmpty) rmSync(file, { force: true });
        else this.#log(`The recording ${file} is left alone: it is not of the client that its name says`);
        return;
      }
      const client = new Client(info, file, this.#limits, this.#clock, this.#log);
      client.lastSeenAt = Number.isFinite(seenAt) ? seenAt : lastSeenAt;
      this.#clients.set(info.clientId, client);
    } catch (thrown) {
      this.#log(`The recording ${file} is left alone: ${messageOf(thrown)}`);
    }
  }
}
