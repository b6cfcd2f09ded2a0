import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Undo } from '../../shared/base/clock.ts';
import type { ClientInfo, RegistryEntry, TargetInfo } from '../../shared/protocol/debug/index.ts';
import { LiveRecording, type RecordingPorts } from '../recordings/live-recording.ts';
import { openRecording } from '../recordings/open-recording.ts';
import { MAX_NAMES } from '../recordings/write-task.ts';
import type { AgentLink } from '../sockets/agent-link.ts';
import type { InspectorLink } from '../sockets/inspector-link.ts';

/** One client, whether it is here or was: who it is, its recording, and who looks at it. */
export class Client {
  info: ClientInfo;
  agent: AgentLink | null = null;
  lastSeenAt: number;
  remote = '';
  /** Whose token brought it: nobody else's may come under its name. */
  owner: string | null = null;
  readonly inspectors = new Set<InspectorLink>();
  readonly entries = new Map<string, RegistryEntry>();
  readonly #file: string;
  readonly #ports: Omit<RecordingPorts, 'named'>;
  readonly #names = new Map<string, string>();
  #recording: LiveRecording | null = null;
  /** The recording that it had open before, which may still be written to. */
  #closing: Promise<void> | null = null;
  #holds = 0;

  constructor(info: ClientInfo, file: string, ports: Omit<RecordingPorts, 'named'>) {
    this.info = info;
    this.#file = file;
    this.#ports = ports;
    this.lastSeenAt = this.#lastWrittenAt();
  }

  get clientId(): string {
    return this.info.clientId;
  }

  get connected(): boolean {
    return this.agent !== null;
  }

  /** Its recording, opened when it is first asked for. */
  recording(): LiveRecording {
    if (this.#recording !== null) return this.#recording;
    const lastWrittenAt = this.#lastWrittenAt();
    const now = this.#ports.clock.now();
    const { db } = openRecording(this.#file, { producer: 'hub', createdAt: String(now), 'hub.clientId': this.clientId }, now);
    this.#recording = new LiveRecording(this.clientId, this.#file, db, lastWrittenAt, this.#closing, { ...this.#ports, named: (contextId) => this.sawName(contextId) });
    for (const entry of this.#recording.reader.entries()) if (!this.entries.has(entry.row.contextId)) this.took([entry], []);
    return this.#recording;
  }

  /** The client is gone, and nobody looks at what it left. */
  get isIdle(): boolean {
    return this.agent === null && this.inspectors.size === 0 && this.#holds === 0;
  }

  get isOpen(): boolean {
    return this.#recording !== null;
  }

  /** Keeps the recording open until it is undone. */
  hold(): Undo {
    this.#holds++;
    return () => {
      this.#holds--;
      this.rest();
    };
  }

  /** Closes the recording when nobody needs it. */
  rest(): void {
    if (this.isIdle) void this.close();
  }

  /** Resolves once its recording is a plain file. */
  async close(): Promise<void> {
    const recording = this.#recording;
    this.#recording = null;
    if (recording !== null) this.#closing = recording.close();
    await this.#closing;
  }

  /** Registry rows as the client last told them. */
  took(entries: readonly RegistryEntry[], removed: readonly string[]): void {
    for (const entry of entries) {
      this.entries.set(entry.row.contextId, entry);
      this.sawName(entry.row.contextId);
      if (entry.row.title !== undefined) this.sawName(entry.row.contextId, entry.row.title);
    }
    for (const contextId of removed) this.entries.delete(contextId);
  }

  sawName(contextId: string, name = contextId): void {
    if (this.#names.size < MAX_NAMES && name !== '' && !this.#names.has(name)) this.#names.set(name, contextId);
  }

  /** Ids and titles of contexts that this client ever named, each with its context: all of them once its recording is indexed. */
  get names(): ReadonlyMap<string, string> {
    return this.#names;
  }

  get file(): string {
    return this.#file;
  }

  target(): TargetInfo {
    return {
      client: this.info,
      connected: this.connected,
      lastSeenAt: this.lastSeenAt,
      remote: this.remote,
      recordingBytes: this.#recording?.bytes ?? (existsSync(this.#file) ? statSync(this.#file).size : 0),
      recordingFile: basename(this.#file),
    };
  }

  #lastWrittenAt(): number {
    const times = [this.#file, `${this.#file}-wal`].filter((file) => existsSync(file)).map((file) => statSync(file).mtimeMs);
    return times.length === 0 ? this.#ports.clock.now() : Math.max(...times);
  }
}
