import type { SqliteHandle, SqliteStatement } from './handle.ts';
import type { StepLine } from './step-lines.ts';

/** The checkpoint of the client itself stands under this name: no context has it. */
export const CLIENT_CHECKPOINT = '';

/** Puts recorded steps and checkpoints into a recording's tables, in the caller's transaction. */
export class StepWriter {
  readonly #step: SqliteStatement;
  readonly #checkpoint: SqliteStatement;
  readonly #schema: SqliteStatement;
  readonly #runId: string;
  steps = 0;

  constructor(db: SqliteHandle, runId: string) {
    this.#runId = runId;
    this.#step = db.prepare('INSERT OR IGNORE INTO steps (runId, step, seq, at, contextId, kind, input, outputHash, bulk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#checkpoint = db.prepare('INSERT OR IGNORE INTO checkpoints (runId, step, contextId, state) VALUES (?, ?, ?, ?)');
    this.#schema = db.prepare('INSERT OR REPLACE INTO schemas (schemaVersion, data) VALUES (?, ?)');
  }

  /** Events are not its business. The client's checkpoint holds what the run depends on as well. */
  put(line: StepLine, settings: { readonly deviceId: string; readonly schema: { readonly version: number }; readonly sync: object }): void {
    switch (line.k) {
      case 'head':
        this.#schema.run(settings.schema.version, JSON.stringify(settings.schema));
        return;
      case 'state': {
        const { deviceId, schema, sync } = settings;
        const state = line.context === null ? { settings: { deviceId, schema, sync }, client: line.state } : line.state;
        this.#checkpoint.run(this.#runId, line.n, line.context ?? CLIENT_CHECKPOINT, JSON.stringify(state));
        return;
      }
      case 'step':
        this.steps++;
        this.#step.run(this.#runId, line.n, line.seq, line.at, line.context, line.name, JSON.stringify(line.input), line.hash, line.bulk === undefined ? null : JSON.stringify(line.bulk));
        return;
      case 'event':
        return;
    }
  }
}
