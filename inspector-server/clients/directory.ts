import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { Emitter } from '../../shared/base/emitter.ts';
import type { ClientInfo, TargetInfo } from '../../shared/protocol/debug/index.ts';
import { RECORDING_EXTENSION, RecordingReader } from '../../shared/recording/index.ts';
import type { HubLimits } from '../options.ts';
import { closeRecording, openRecording, recordingFile } from '../recordings/open-recording.ts';
import { SEEN_AT } from '../recordings/write-task.ts';
import type { TextMemory } from '../recordings/text-memory.ts';
import type { WriterThread } from '../recordings/writer-thread.ts';
import { Client } from './client.ts';

interface DirectoryPorts {
  readonly writer: WriterThread;
  readonly memory: TextMemory;
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** What a person at the hub should hear. */
  trouble(line: string): void;
}

/** Every client that is here, or of which a recording is kept. */
export class Directory {
  /** Somebody came, went or changed. */
  readonly changed = new Emitter<void>();
  readonly #folder: string;
  readonly #ports: DirectoryPorts;
  readonly #clients = new Map<string, Client>();

  constructor(folder: string, ports: DirectoryPorts) {
    this.#folder = folder;
    this.#ports = ports;
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
    const client = new Client(info, recordingFile(this.#folder, info.clientId), this.#ports);
    this.#clients.set(info.clientId, client);
    return client;
  }

  targets(): TargetInfo[] {
    return [...this.#clients.values()].map((client) => client.target()).sort((a, b) => Number(b.connected) - Number(a.connected) || b.lastSeenAt - a.lastSeenAt);
  }

  /** DB8: what is too old or too much goes; a client that is gone and of which nothing is left is no longer listed. */
  async retain(isAll = true): Promise<void> {
    let isChanged = false;
    for (const client of [...this.#clients.values()].filter(({ isOpen }) => isAll || isOpen)) isChanged = (await this.#retain(client)) || isChanged;
    isChanged = (await this.#shrink()) || isChanged;
    if (isChanged) this.changed.emit();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  /** True when something went. */
  async #retain(client: Client): Promise<boolean> {
    const { recordingAgeMs, fullValuesAgeMs, recordingBytes } = this.#ports.limits;
    const release = client.hold();
    try {
      const recording = client.recording();
      const ageMs = recording.reader.clients().some(({ valuePolicy }) => valuePolicy === 'full') ? Math.min(fullValuesAgeMs, recordingAgeMs) : recordingAgeMs;
      const gone = await recording.retain(ageMs, recordingBytes);
      if (recording.reader.summary().events > 0) return gone > 0;
    } catch (thrown) {
      this.#ports.trouble(`${client.file} cannot be tidied up: ${messageOf(thrown)}`);
      return false;
    } finally {
      release();
    }
    return await this.#remove(client);
  }

  /** All recordings together: those of clients that are gone longest go first. */
  async #shrink(): Promise<boolean> {
    const bytesOf = (client: Client): number => client.target().recordingBytes;
    let total = [...this.#clients.values()].reduce((sum, client) => sum + bytesOf(client), 0);
    if (total <= this.#ports.limits.allRecordingsBytes) return false;
    const gone = [...this.#clients.values()].filter(({ isIdle }) => isIdle).sort((a, b) => a.lastSeenAt - b.lastSeenAt);
    for (const client of gone) {
      if (total <= this.#ports.limits.allRecordingsBytes) break;
      total -= bytesOf(client);
      await this.#remove(client);
    }
    return true;
  }

  /** False when somebody needs it after all. */
  async #remove(client: Client): Promise<boolean> {
    if (!client.isIdle) return false;
    await client.close();
    // It may have come back while its file was put to rest.
    if (!client.isIdle || client.isOpen) return false;
    this.#clients.delete(client.clientId);
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${client.file}${suffix}`, { force: true });
    return true;
  }

  #findAgain(file: string): void {
    try {
      const lastSeenAt = statSync(file).mtimeMs;
      const { db, putAside } = openRecording(file, {}, this.#ports.clock.now());
      const reader = RecordingReader.open(db);
      const info = reader.clients().at(-1);
      const seenAt = Number(reader.meta().get(SEEN_AT) ?? Number.NaN);
      const isEmpty = info === undefined && reader.summary().events === 0;
      closeRecording(db);
      if (putAside !== null) this.#ports.trouble(`A damaged recording was put aside as ${putAside}`);
      if (info === undefined || recordingFile(this.#folder, info.clientId) !== file) {
        if (isEmpty) rmSync(file, { force: true });
        else this.#ports.trouble(`The recording ${file} is left alone: it is not of the client that its name says`);
        return;
      }
      const client = new Client(info, file, this.#ports);
      client.lastSeenAt = Number.isFinite(seenAt) ? seenAt : lastSeenAt;
      this.#clients.set(info.clientId, client);
    } catch (thrown) {
      this.#ports.trouble(`The recording ${file} is left alone: ${messageOf(thrown)}`);
    }
  }
}
