import type { SqliteHandle, SqliteStatement } from './handle.ts';
import type { StepLine } from './step-lines.ts';

/** The checkpoint of the client itself stands under this name: no context has it. */
export const CLIENT_CHECKPOINT = '';

/** Puts recorded steps and checkpoints into a recording's tables, in the caller's transaction. */
export class StepWriter {
  readonly #step: SqliteStatement;
  readonly #checkpoint: SqliteStatement;
  readonly #preimage: SqliteStatement;
  readonly #schema: SqliteStatement;
  readonly #runId: string;
  steps = 0;

  constructor(db: SqliteHandle, runId: string) {
    this.#runId = runId;
    this.#step = db.prepare('INSERT OR IGNORE INTO steps (runId, step, seq, at, contextId, kind, input, outputHash, bulk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#checkpoint = db.prepare('INSERT OR IGNORE INTO checkpoints (runId, step, contextId, state) VALUES (?, ?, ?, ?)');
    this.#preimage = db.prepare('INSERT OR IGNORE INTO preimages (runId, step, contextId, entity, entityId, row) VALUES (?, ?, ?, ?, ?, ?)');
    this.#schema = db.prepare('INSERT OR REPLACE INTO schemas (schemaVersion, data) VALUES (?, ?)');
  }

  /** Events are not its business. The client's checkpoint holds what the run depends on as well. Returns about how many bytes it put. */
  put(line: StepLine, settings: { readonly deviceId: string; readonly schema: { readonly version: number }; readonly sync: object }): number {
    switch (line.k) {
      case 'head': {
        const schema = JSON.stringify(settings.schema);
        this.#schema.run(settings.schema.version, schema);
        return schema.length;
      }
      case 'state': {
        const { deviceId, schema, sync } = settings;
        const state = JSON.stringify(line.context === null ? { settings: { deviceId, schema, sync }, client: line.state } : line.state);
        this.#checkpoint.run(this.#runId, line.n, line.context ?? CLIENT_CHECKPOINT, state);
        return state.length;
      }
      case 'step': {
        this.steps++;
        const input = JSON.stringify(line.input);
        this.#step.run(this.#runId, line.n, line.seq, line.at, line.context, line.name, input, line.hash, line.bulk === undefined ? null : JSON.stringify(line.bulk));
        return input.length;
      }
      case 'preimage': {
        const row = line.row === null ? null : JSON.stringify(line.row);
        this.#preimage.run(this.#runId, line.n, line.context, line.entity, line.id, row);
        return row?.length ?? 0;
      }
      case 'event':
        return 0;
    }
  }
}
