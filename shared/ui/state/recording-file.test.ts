import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AppError, codeOf } from '../../base/app-error.ts';
import { seededRandom } from '../../base/random.ts';
import { EVENT_KINDS } from '../../core/events.ts';
import type { DebugEvent } from '../../protocol/debug/index.ts';
import { createRecording, eraseUpTo, RecordingWriter } from '../../recording/index.ts';
import { EventIndex } from '../../views/event-index.ts';
import { openFile, type OpenedFile } from './recording-file.ts';

const BIG = 'frame '.repeat(4_000);

/** Events of every kind and shape: no context, numbers of every width, texts beyond ASCII, and records that fill several pages. */
function events(count: number): readonly DebugEvent[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, (_, i): DebugEvent => {
    const kind = EVENT_KINDS[i % EVENT_KINDS.length] ?? 'error';
    const contextId = random.pick(['clinic-a', 'Klinik Süd ☃', 'c"\\quote', '']);
    const ids = Array.from({ length: random.int(4) }, () => `m"-${random.int(40)}`);
    return {
      seq: i + 1,
      at: 1_760_000_000_000 + i * 7 + (i % 3) / 3,
      kind,
      data: {
        ...(kind === 'lifecycle' ? { from: 'dormant', to: random.pick(['active', 'dormant']), serverVersion: i } : {}),
        ...(kind === 'connection' ? { to: random.pick(['live', 'offline']) } : {}),
        ...(kind === 'delta' ? { changes: 1, note: '"serverVersion":9', serverVersion: i * 300 } : {}),
        ...(kind === 'write' ? { op: 'put', replaced: ids.slice(1) } : {}),
        ...(kind === 'conflict' ? { state: random.pick(['rejected', 'automatic']) } : {}),
        ...(kind === 'snapshot' ? { step: random.pick(['adopted', 'downloaded']) } : {}),
        ...(kind === 'frame' && i % 3 === 0 ? { frame: BIG } : {}),
      },
      ...(contextId === '' ? {} : { contextId, activationId: `a-${i}` }),
      ...(ids.length === 0 ? {} : { mutationIds: ids }),
      ...(i % 2 === 0 ? { fromVersion: i * 70_000, toVersion: i * 70_000 + 3, bytes: i * 1_000, durationMs: i / 4 } : {}),
    };
  });
}

function written(list: readonly DebugEvent[], change: (db: DatabaseSync) => void = () => undefined): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  const path = join(folder, 'report.ctxscope');
  const db = new DatabaseSync(path);
  createRecording(db);
  const writer = new RecordingWriter(db);
  writer.append([{ clientId: 'c', runId: 'r-1', events: list.slice(0, list.length / 2) }, { clientId: 'c', runId: 'r-2', events: list.slice(list.length / 2), dropped: [{ fromSeq: 9_000_000, toSeq: 9_000_001, reason: 'no credit' }] }]);
  change(db);
  db.close();
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  return bytes;
}

function opened(bytes: Uint8Array<ArrayBuffer>, made: (db: DatabaseSync) => void = () => undefined): Promise<OpenedFile> {
  return openFile(new Blob([bytes]), (content) => {
    const db = new DatabaseSync(':memory:');
    (db as unknown as { deserialize(content: Uint8Array): void }).deserialize(content);
    made(db);
    return db;
  });
}

/** An index of what was read of a file. */
function indexed({ columns, earlier, all }: OpenedFile): EventIndex {
  const index = new EventIndex();
  if (earlier.events === 0 && columns !== undefined) index.addColumns(columns);
  for (const stretch of all()) index.addColumns(stretch);
  return index;
}

const shape = (index: EventIndex) => ({
  columns: [index.at, index.seq, index.kind, index.bytes, index.ms, index.context].map((column) => [...column]),
  runs: index.runs,
  gaps: index.gaps,
  tracks: [...index.tracks.values()].map((track) => ({
    id: track.contextId,
    steps: [track.lifecycle, track.connection, track.local, track.server, track.pending, track.conflicts, track.pruned, track.failed, track.activation].map(({ places, values }) => [places, values]),
    kinds: EVENT_KINDS.map((kind) => [...track.ofKind(kind)]),
    seconds: track.seconds,
  })),
});

test('RP7 the index of a file is that of its events told one by one', async () => {
  const list = events(5_000);
  const live = new EventIndex();
  live.add('r-1', list.slice(0, 2_500));
  live.add('r-2', list.slice(2_500), [{ fromSeq: 9_000_000, toSeq: 9_000_001, reason: 'no credit' }]);
  const file = await opened(written(list));
  const index = indexed(file);
  index.addGaps(file.opened.gaps);
  expect(shape(index)).toEqual(shape(live));
});

test('RP7 the newest events of a long recording are there first, with room for those before them', async () => {
  const list = events(70_000);
  const file = await opened(written(list));
  expect(file.earlier.events).toBeGreaterThan(0);
  expect(file.earlier.from).toBe(list[0]?.at);
  const first = new EventIndex();
  first.startAfter(file.earlier);
  first.addColumns(file.columns ?? expect.unreachable());
  const whole = indexed(file);
  expect(whole.length).toBe(70_000);
  expect([...first.seq.subarray(first.unread)]).toEqual([...whole.seq.subarray(first.unread)]);
  expect([...first.at.subarray(0, first.unread)].every((at) => at === list[0]?.at)).toBe(true);
});

test('places count anew where events were erased', async () => {
  let db: DatabaseSync | undefined;
  const file = await opened(written(events(400), (made) => void eraseUpTo(made, 100, 'age')), (made) => (db = made));
  const index = indexed(file);
  expect(index.length).toBe(300);
  expect(db?.prepare('SELECT place, seq FROM events WHERE place IN (1, 300) ORDER BY place').all()).toEqual([
    { place: 1, seq: index.seq[0] },
    { place: 300, seq: index.seq[299] },
  ]);
});

test('RP6 whatever bytes are changed in a file, it opens or says what is wrong with it', async () => {
  const whole = written(events(900));
  const random = seededRandom(5);
  for (let round = 0; round < 150; round++) {
    const bytes = whole.slice();
    for (let n = 0; n <= random.int(6); n++) bytes[random.int(bytes.length)] = random.int(256);
    const wrong = await opened(bytes).then(
      (file) => {
        try {
          indexed(file);
          return null;
        } catch (thrown) {
          return thrown;
        }
      },
      (thrown: unknown) => thrown,
    );
    if (wrong !== null) expect(wrong).toBeInstanceOf(AppError);
  }
  expect(codeOf(await opened(whole.slice(0, 8_192)).catch((thrown: unknown) => thrown))).toBe('DAMAGED_RECORDING');
});

test('RP7 a file that is too large is refused before any of it is read', async () => {
  const file = { size: 2_000_000_000, slice: expect.unreachable, arrayBuffer: expect.unreachable } as unknown as Blob;
  await expect(openFile(file, () => expect.unreachable())).rejects.toMatchObject({ code: 'TOO_LARGE' });
});
