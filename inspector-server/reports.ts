import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { AppError } from '../shared/base/app-error.ts';
import type { ResultOf } from '../shared/protocol/debug/index.ts';
import { RECORDING_EXTENSION, RecordingReader } from '../shared/recording/index.ts';
import { openForeign } from './recordings/open-recording.ts';

export interface ReportFile {
  readonly file: string;
  readonly bytes: number;
  readonly receivedAt: number;
}

/** A part of a report: bytes from `from` on, of `total` in all. */
export interface Part {
  readonly from: number;
  readonly total: number;
}

/** Parts that nobody went on with are thrown away after this. */
const UPLOAD_AGE_MS = 24 * 3_600_000;

/** Reports that apps sent, one checked recording each. An upload may come in parts and go on after a cut. */
export class Reports {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #maxAllBytes: number;
  readonly #now: () => number;

  constructor(folder: string, limits: { reportBytes: number; allReportsBytes: number }, now: () => number) {
    this.#folder = folder;
    this.#maxBytes = limits.reportBytes;
    this.#maxAllBytes = limits.allReportsBytes;
    this.#now = now;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (name.endsWith('.part') && statSync(join(folder, name)).mtimeMs < now() - UPLOAD_AGE_MS) rmSync(join(folder, name));
  }

  list(): ReportFile[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith(RECORDING_EXTENSION));
    return names.map((file) => ({ file, bytes: statSync(join(this.#folder, file)).size, receivedAt: statSync(join(this.#folder, file)).mtimeMs })).sort((a, b) => b.receivedAt - a.receivedAt);
  }

  /** The path of a report; null when there is none. */
  find(name: string): string | null {
    return name === basename(name) && name.endsWith(RECORDING_EXTENSION) && existsSync(join(this.#folder, name)) ? join(this.#folder, name) : null;
  }

  /** What a report holds (RP6: after the checks). Throws `NOT_FOUND`, or what is wrong with the file. */
  open(name: string): ResultOf<'Hub.openReport'> {
    const file = this.find(name);
    if (file === null) throw new AppError('NOT_FOUND', `There is no report ${JSON.stringify(name.slice(0, 100))}`);
    const db = openForeign(file, this.#maxBytes);
    try {
      const reader = RecordingReader.open(db);
      const contexts = new Set(reader.entries().map(({ row }) => row.contextId));
      return { file: name, bytes: statSync(file).size, meta: Object.fromEntries(reader.meta()), clients: [...reader.clients()], contexts: [...contexts], steps: reader.steps(), gaps: reader.gaps().length, ...reader.summary() };
    } finally {
      db.close();
    }
  }

  /** How many bytes of an upload are here. */
  have(id: string): number {
    const file = this.#part(id);
    return existsSync(file) ? statSync(file).size : 0;
  }

  /** Checks that a part fits before a byte of it is taken; throws what the sender is told. */
  begin(id: string, { from, total }: Part): void {
    if (total > this.#maxBytes) throw new AppError('TOO_LARGE', `A report may have ${this.#maxBytes} bytes`, { details: { maxBytes: this.#maxBytes } });
    const have = this.have(id);
    if (from !== have) throw new AppError('CONFLICT', `The upload goes on at byte ${have}`, { details: { have } });
    const held = readdirSync(this.#folder).reduce((sum, name) => sum + statSync(join(this.#folder, name)).size, 0);
    if (held + total - have > this.#maxAllBytes) throw new AppError('TOO_LARGE', 'The inbox is full: delete reports in the hub’s data folder');
    if (!existsSync(this.#part(id))) writeFileSync(this.#part(id), '', { mode: 0o600 });
  }

  append(id: string, bytes: Uint8Array, total: number): void {
    if (this.have(id) + bytes.length > total) {
      rmSync(this.#part(id), { force: true });
      throw new AppError('TOO_LARGE', 'The upload has more bytes than it said');
    }
    appendFileSync(this.#part(id), bytes);
  }

  /** RP6: takes a whole upload in when it is a recording, and throws it away when it is not. */
  finish(id: string): ReportFile {
    const part = this.#part(id);
    try {
      openForeign(part, this.#maxBytes).close();
    } catch (thrown) {
      rmSync(part, { force: true });
      throw thrown;
    }
    const file = `${new Date(this.#now()).toISOString().replaceAll(/[:.]/g, '-')}-${randomBytes(4).toString('hex')}${RECORDING_EXTENSION}`;
    renameSync(part, join(this.#folder, file));
    return { file, bytes: statSync(join(this.#folder, file)).size, receivedAt: this.#now() };
  }

  #part(id: string): string {
    return join(this.#folder, `${id}.part`);
  }
}
