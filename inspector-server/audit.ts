import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { ResultOf } from '../shared/protocol/debug/index.ts';

export type AuditEntry = ResultOf<'Hub.audit'>['entries'][number];

/** What control sessions did, one JSON line each, newest last. A full file is kept once more under another name. */
export class Audit {
  readonly #file: string;
  readonly #maxBytes: number;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  add(entry: AuditEntry): void {
    if (existsSync(this.#file) && statSync(this.#file).size > this.#maxBytes) renameSync(this.#file, `${this.#file}.1`);
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }

  /** Newest first. A line that a crash cut off is left out. */
  newest(limit: number): AuditEntry[] {
    const lines = [`${this.#file}.1`, this.#file].filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
    const entries: AuditEntry[] = [];
    for (const line of lines.reverse()) {
      if (entries.length >= limit) break;
      const entry = parse(line);
      if (entry !== null) entries.push(entry);
    }
    return entries;
  }
}

function parse(line: string): AuditEntry | null {
  try {
    return line === '' ? null : (JSON.parse(line) as AuditEntry);
  } catch {
    return null;
  }
}
