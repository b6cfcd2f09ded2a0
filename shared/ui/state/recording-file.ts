import { AppError } from '../../base/app-error.ts';
import { checkHead, checkSchema, HEAD_BYTES, readSafely, type SqliteHandle } from '../../recording/index.ts';
import type { EventColumns } from '../../views/event-columns.ts';
import { formatBytes } from '../../views/format.ts';
import { ColumnWriter } from './recording-columns.ts';
import type { NewestEvents } from './recording-db.ts';
import { aboutRecording, countAnew, isCounted } from './recording-ops.ts';
import { SqlitePages, SqliteRecord } from './recording-pages.ts';

/** The most that is opened in a page: it holds the file in memory, and an index beside it. */
const MAX_OPEN_BYTES = 1_073_741_824;
/** Events that are handed over together. */
const STRETCH = 16_384;
/** Events at the end that are shown before the others are read: more than a first view draws. */
const NEWEST = 65_536;

export interface OpenedFile extends NewestEvents {
  /** All events from the first on, stretch by stretch; none where the newest are all. */
  all(): Iterable<EventColumns>;
}

/**
 * Opens a recording that a person chose (RP6, RP7): its head is checked before more of it is read, its schema before any row. What is drawn
 * first, the newest events, is there at once; the rest is read on demand. `database` makes a database of the whole file.
 */
export async function openFile(file: Blob, database: (bytes: Uint8Array<ArrayBuffer>) => SqliteHandle): Promise<OpenedFile> {
  if (file.size > MAX_OPEN_BYTES) {
    throw new AppError('TOO_LARGE', `It has ${formatBytes(file.size)}, and a page holds ${formatBytes(MAX_OPEN_BYTES)} at most. The command line opens it: contextscope query FILE`);
  }
  checkHead(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()), file.size, MAX_OPEN_BYTES);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { pages, leaves, total } = readSafely(() => {
    const found = new SqlitePages(bytes);
    const ofEvents = found.leavesOf(eventsRoot(found));
    return { pages: found, leaves: ofEvents, total: ofEvents.reduce((sum, leaf) => sum + found.rowsOn(leaf), 0) };
  });
  const db = database(bytes);
  const opened = aboutRecording(db, total);
  const counted = isCounted(db, total);
  // Counting anew moves rows to other pages: then all are read before it.
  const wanted = counted ? NEWEST : total;
  let first = leaves.length;
  let newest = 0;
  while (first > 0 && newest < wanted) newest += pages.rowsOn(leaves[--first] ?? 0);
  const [columns] = read(pages, leaves.slice(first), newest);
  const [start] = read(pages, leaves.slice(0, 1), pages.rowsOn(leaves[0] ?? 0));
  if (!counted) countAnew(db);
  return { opened, columns, earlier: { events: total - newest, from: start?.at[0] ?? 0 }, all: () => (first === 0 ? [] : read(pages, leaves, STRETCH)) };
}

function* read(pages: SqlitePages, leaves: readonly number[], stretch: number): Generator<EventColumns> {
  const ready: EventColumns[] = [];
  const writer = new ColumnWriter(stretch, (columns) => ready.push(columns));
  for (const leaf of leaves) {
    readSafely(() => pages.eachRecord(leaf, (bytes, from, to) => writer.add(bytes, from, to)));
    yield* ready.splice(0);
  }
  writer.flush();
  yield* ready;
}

/** Checks the schema exactly, and finds where the table of events begins. */
function eventsRoot(pages: SqlitePages): number {
  const record = new SqliteRecord(5);
  const schema: { type: string; name: string; tbl_name: string; sql: string | null; root: number }[] = [];
  for (const leaf of pages.leavesOf(1)) {
    pages.eachRecord(leaf, (bytes, from, to) => {
      record.read(bytes, from, to);
      schema.push({ type: record.text(0), name: record.text(1), tbl_name: record.text(2), root: record.number(3), sql: record.isNull(4) ? null : record.text(4) });
    });
  }
  checkSchema(schema);
  return schema.find(({ type, name }) => type === 'table' && name === 'events')?.root ?? 0;
}
