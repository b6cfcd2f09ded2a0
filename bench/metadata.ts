import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Bench, BenchRun, Figure } from './support/bench.ts';
import { patient, patientId, SIZES } from './support/data.ts';

// CF6: what version metadata adds to a row on disk. Scoped to its context it is one number; a global version vector holds a counter for each
// context that a device may know. The same rows are written without either, with the one and with the other, and the bytes of their records compared.
// Stamps (time and device) are not part of it: a vector needs them for its last-writer-wins as well.

const TIMES = 40;

export const metadata: Bench = {
  name: 'metadata',
  about: 'version bytes per row, scoped to a context against a global version vector of 50 and of 200 entries',
  run: (run) => {
    const rows = run.quick ? 2_000 : SIZES.small * 2;
    const bare = bytesOf(run, rows, '', null);
    const scoped = (bytesOf(run, rows, ', version INTEGER', (n) => n) - bare) / rows;
    const figure = (entries: number): Figure => {
      const packed = (bytesOf(run, rows, ', version BLOB', (n) => packedVector(n, entries)) - bare) / rows;
      const asJson = (bytesOf(run, rows, ', version TEXT', (n) => jsonVector(n, entries)) - bare) / rows;
      const times = packed / scoped;
      const detail = `floor: the vector packed as small as it goes, a byte for the entry and a counter in seven-bit groups; as JSON with the contexts' ids ${asJson.toFixed(0)} bytes, ${(asJson / scoped).toFixed(0)} ×`;
      return { name: `metadata ${entries}`, value: scoped, unit: 'bytes a row', floor: packed, ratio: times, target: `≥ ${TIMES} × smaller`, ok: times >= TIMES, detail };
    };
    return Promise.resolve([figure(50), figure(200)]);
  },
};

type Version = (n: number) => number | Uint8Array | string;

/** Bytes of the records of these rows in a file, `version` in a column of its own: what a page leaves empty does not blur it. */
function bytesOf(run: BenchRun, rows: number, column: string, version: Version | null): number {
  const db = new DatabaseSync(join(run.folder(), 'rows.sqlite'));
  db.exec(`PRAGMA synchronous = OFF; CREATE TABLE rows (id TEXT PRIMARY KEY, value TEXT${column}) WITHOUT ROWID; BEGIN`);
  const insert = db.prepare(`INSERT INTO rows VALUES (?, ?${version === null ? '' : ', ?'})`);
  for (let n = 1; n <= rows; n++) insert.run(patientId(n), JSON.stringify(patient(n)), ...(version === null ? [] : [version(100_000 + n)]));
  db.exec('COMMIT');
  const bytes = Number(db.prepare(`SELECT sum(payload) AS bytes FROM dbstat WHERE name = 'rows'`).get()?.['bytes']);
  db.close();
  return bytes;
}

/** A byte that names the entry by its place in a table, then the counter, seven bits to a byte. */
function packedVector(n: number, entries: number): Uint8Array {
  const bytes: number[] = [];
  for (let entry = 0; entry < entries; entry++) {
    bytes.push(entry & 0xff);
    let counter = counterOf(n, entry);
    for (; counter > 0x7f; counter >>>= 7) bytes.push((counter & 0x7f) | 0x80);
    bytes.push(counter);
  }
  return Uint8Array.from(bytes);
}

const jsonVector = (n: number, entries: number): string => JSON.stringify(Object.fromEntries(Array.from({ length: entries }, (_, entry) => [`clinic-${entry}`, counterOf(n, entry)])));

/** Every context about as busy as the row's own. */
const counterOf = (n: number, entry: number): number => n - entry * 300;
