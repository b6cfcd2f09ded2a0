import type { DatabaseSync } from 'node:sqlite';
import { eraseUpTo, usedBytes, type RecordingReader, type RecordingWriter } from '../../shared/recording/index.ts';

/** A mark says which place had been reached when; expiry goes by the hub's clock, because a client's may say anything. */
const MARK = 'hub.reached.';
const MARK_EVERY_MS = 600_000;

/** DB8: what leaves an open recording because it is too old or too much. */
export class Retention {
  readonly #db: DatabaseSync;
  readonly #reader: RecordingReader;
  readonly #writer: RecordingWriter;
  #markedAt = 0;
  #markedPlace: number;

  /** `writtenAt`: when the file was last written to, so that what came before a restart is not taken for new. */
  constructor(db: DatabaseSync, reader: RecordingReader, writer: RecordingWriter, writtenAt: number) {
    this.#db = db;
    this.#reader = reader;
    this.#writer = writer;
    this.#markedPlace = Math.max(0, ...this.#marks().map(({ place }) => place));
    this.#mark(writtenAt);
  }

  /** Notes from time to time how far the recording had come. */
  reached(at: number): void {
    if (at - this.#markedAt >= MARK_EVERY_MS) this.#mark(at);
  }

  /** Removes what is older than `ageMs` at the time `at`. Returns how many events went. */
  expire(ageMs: number, at: number): number {
    this.#mark(at);
    const old = this.#marks().filter((mark) => mark.at <= at - ageMs);
    if (old.length === 0) return 0;
    const gone = eraseUpTo(this.#db, Math.max(...old.map(({ place }) => place)), 'age');
    for (const mark of old) this.#db.prepare('DELETE FROM meta WHERE key = ?').run(`${MARK}${mark.at}`);
    return gone;
  }

  /** Removes the oldest events of what is over `maxBytes`. Returns how many went. */
  trim(maxBytes: number): number {
    let gone = 0;
    for (let bytes = usedBytes(this.#db); bytes > maxBytes; bytes = usedBytes(this.#db)) {
      const { events } = this.#reader.summary();
      if (events === 0) break;
      const share = Math.min(1, Math.max(0.1, 1 - (maxBytes * 0.9) / bytes));
      const cut = this.#db.prepare('SELECT place FROM events ORDER BY place LIMIT 1 OFFSET ?').get(Math.min(events - 1, Math.ceil(events * share)))?.['place'];
      gone += eraseUpTo(this.#db, Number(cut), 'size');
    }
    return gone;
  }

  #marks(): readonly { readonly at: number; readonly place: number }[] {
    return [...this.#reader.meta()].filter(([key]) => key.startsWith(MARK)).map(([key, place]) => ({ at: Number(key.slice(MARK.length)), place: Number(place) }));
  }

  /** Notes that everything up to now arrived before `at`. */
  #mark(at: number): void {
    const { lastPlace } = this.#writer;
    this.#markedAt = at;
    if (lastPlace === this.#markedPlace) return;
    this.#markedPlace = lastPlace;
    this.#writer.putMeta(`${MARK}${at}`, String(lastPlace));
  }
}
