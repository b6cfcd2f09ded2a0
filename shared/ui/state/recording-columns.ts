import { AppError } from '../../base/app-error.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import { EVENT_KINDS } from '../../core/events.ts';
import type { EventColumns, EventWords } from '../../views/event-columns.ts';
import { SqliteRecord, type Kept } from './recording-pages.ts';

// Rows of the table `events` as columns, from their bytes: what is not drawn is passed over, and a text is made only where a word counts.

/** Columns of `events` as the schema names them, in order. */
const RUN_ID = 1;
const SEQ = 2;
const AT = 4;
const CONTEXT_ID = 5;
const ACTIVATION_ID = 6;
const KIND = 7;
const FROM_VERSION = 10;
const TO_VERSION = 11;
const MUTATION_IDS = 12;
const BYTES = 13;
const DURATION_MS = 14;
const DATA = 15;
const COLUMNS = 16;

/** 1 at the numbers of these kinds. */
const codes = (...kinds: readonly (typeof EVENT_KINDS)[number][]): Uint8Array => Uint8Array.from(EVENT_KINDS, (kind) => (kinds.includes(kind) ? 1 : 0));
const WITH_WORDS = codes('lifecycle', 'connection', 'conflict', 'snapshot', 'gap');
const WITH_IDS = codes('write', 'delta', 'conflict');
const DELTA = EVENT_KINDS.indexOf('delta');
const WRITE = EVENT_KINDS.indexOf('write');
const LIFECYCLE = EVENT_KINDS.indexOf('lifecycle');
const ERROR = EVENT_KINDS.indexOf('error');
const KIND_NUMBERS: ReadonlyMap<string, number> = new Map(EVENT_KINDS.map((kind, number) => [kind, number]));

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** As `JSON.stringify` writes them; inside a text their quotes would be escaped. */
const SERVER_VERSION = utf8('"serverVersion":');
const REPLACED = utf8('"replaced":[');
const QUOTE = 0x22;
const END_OF_LIST = 0x5d;
const BACKSLASH = 0x5c;

/** Names that are met again and again, each with its number, without making a text of every one. */
class Names {
  readonly #names: Kept[] = [];
  // Numbers by hash; one that is taken is passed over.
  #slots = new Int32Array(256).fill(-1);
  #last = -1;

  text(number: number): string {
    return this.#names[number]?.text ?? '';
  }

  /** The texts from a number on. */
  from(number: number): readonly string[] {
    return this.#names.slice(number).map(({ text }) => text);
  }

  numberOf(record: SqliteRecord, column: number): number {
    if (this.#last >= 0 && record.isSame(column, this.#names[this.#last] as Kept)) return this.#last;
    const mask = this.#slots.length - 1;
    let slot = record.hash(column) & mask;
    for (let number = this.#slots[slot] as number; number >= 0; number = this.#slots[slot] as number) {
      if (record.isSame(column, this.#names[number] as Kept)) return (this.#last = number);
      slot = (slot + 1) & mask;
    }
    this.#last = this.#names.push(record.keep(column)) - 1;
    this.#slots[slot] = this.#last;
    if (this.#names.length * 2 > mask) this.#widen();
    return this.#last;
  }

  #widen(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (const [number, { hash }] of this.#names.entries()) {
      let slot = hash & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

/** Fills columns with records, and hands them over when they are full. */
export class ColumnWriter {
  readonly #record = new SqliteRecord(COLUMNS);
  readonly #rows: number;
  readonly #full: (columns: EventColumns) => void;
  readonly #contexts = new Names();
  readonly #runs = new Names();
  readonly #kinds = new Names();
  readonly #kindNumbers: number[] = [];
  #contextsTold = 0;
  #run = -1;
  #length = 0;
  #columns;
  #ids: Float64Array<ArrayBuffer>;
  #idCount = 0;

  constructor(rows: number, full: (columns: EventColumns) => void) {
    this.#rows = rows;
    this.#full = full;
    this.#columns = emptyColumns(rows);
    this.#ids = new Float64Array(rows);
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    const record = this.#record;
    const columns = this.#columns;
    record.read(bytes, from, to);
    const i = this.#length;
    const run = this.#runs.numberOf(record, RUN_ID);
    if (run !== this.#run || i === 0) columns.runs.push({ at: i, runId: this.#runs.text(run) });
    this.#run = run;
    const at = record.number(AT);
    const seq = record.number(SEQ);
    if (!Number.isFinite(at) || !Number.isFinite(seq)) throw new AppError('DAMAGED_RECORDING', 'The recording is damaged: an event has no time');
    const kind = this.#kindOf(record);
    columns.at[i] = at;
    columns.seq[i] = seq;
    columns.kind[i] = kind;
    columns.context[i] = record.isText(CONTEXT_ID) ? this.#contexts.numberOf(record, CONTEXT_ID) : -1;
    columns.bytes[i] = record.isNull(BYTES) ? 0 : record.number(BYTES);
    columns.ms[i] = record.isNull(DURATION_MS) ? -1 : record.number(DURATION_MS);
    columns.fromVersion[i] = record.number(FROM_VERSION);
    columns.toVersion[i] = record.number(TO_VERSION);
    columns.head[i] = kind === DELTA ? numberBehind(bytes, record.start(DATA), record.end(DATA), SERVER_VERSION) : Number.NaN;
    if (WITH_IDS[kind] === 1 && record.isText(MUTATION_IDS)) this.#eachKey(bytes, record.start(MUTATION_IDS) + 1, record.end(MUTATION_IDS), this.#addId);
    columns.idsEnd[i] = this.#idCount;
    if (WITH_WORDS[kind] === 1) this.#addWords(i, kind, record);
    else if (kind === WRITE) this.#addReplaced(i, record);
    this.#length += 1;
    if (this.#length === this.#rows) this.flush();
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#length === 0) return;
    const contexts = this.#contexts.from(this.#contextsTold);
    this.#contextsTold += contexts.length;
    this.#full({ ...this.#columns, length: this.#length, contexts, ids: this.#ids.slice(0, this.#idCount) });
    this.#columns = emptyColumns(this.#rows);
    this.#length = 0;
    this.#idCount = 0;
  }

  #kindOf(record: SqliteRecord): number {
    const number = this.#kinds.numberOf(record, KIND);
    return (this.#kindNumbers[number] ??= KIND_NUMBERS.get(this.#kinds.text(number)) ?? ERROR);
  }

  #addWords(i: number, kind: number, record: SqliteRecord): void {
    const data = jsonOf(record.text(DATA));
    const words: EventWords = { data: isJsonObject(data) ? data : {}, ...(kind === LIFECYCLE && record.isText(ACTIVATION_ID) ? { activationId: record.text(ACTIVATION_ID) } : {}) };
    this.#columns.words.set(i, words);
    const head = words.data['serverVersion'];
    if (typeof head === 'number') this.#columns.head[i] = head;
  }

  #addReplaced(i: number, record: SqliteRecord): void {
    const to = record.end(DATA);
    const list = find(record.bytes, record.start(DATA), to, REPLACED);
    if (list < 0 || record.bytes[list + REPLACED.length] === END_OF_LIST) return;
    const replaced: number[] = [];
    this.#eachKey(record.bytes, list + REPLACED.length, to, (key) => replaced.push(key));
    this.#columns.words.set(i, { data: {}, replaced });
  }

  readonly #addId = (key: number): void => {
    if (this.#idCount === this.#ids.length) {
      const more = new Float64Array(this.#ids.length * 2);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids[this.#idCount++] = key;
  };

  /** Keys of the texts of a JSON list, from behind its bracket. */
  #eachKey(bytes: Uint8Array, from: number, to: number, take: (key: number) => void): void {
    for (let at = from; at < to && bytes[at] !== END_OF_LIST; at++) {
      if (bytes[at] !== QUOTE) continue;
      let end = at + 1;
      while (end < to && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
      take(this.#record.key(at + 1, Math.min(end, to)));
      at = end;
    }
  }
}

function emptyColumns(rows: number) {
  return {
    runs: [] as { at: number; runId: string }[],
    at: new Float64Array(rows),
    seq: new Float64Array(rows),
    kind: new Uint8Array(rows),
    context: new Int32Array(rows),
    bytes: new Float32Array(rows),
    ms: new Float32Array(rows),
    fromVersion: new Float64Array(rows),
    toVersion: new Float64Array(rows),
    head: new Float64Array(rows),
    idsEnd: new Uint32Array(rows),
    words: new Map<number, EventWords>(),
  };
}

/** What of columns is handed over instead of copied. */
export const buffersOf = ({ at, seq, kind, context, bytes, ms, fromVersion, toVersion, head, ids, idsEnd }: EventColumns): ArrayBuffer[] => [at, seq, kind, context, bytes, ms, fromVersion, toVersion, head, ids, idsEnd].map(({ buffer }) => buffer);

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new AppError('DAMAGED_RECORDING', 'The recording is damaged: data holds something else');
  }
}

function find(bytes: Uint8Array, from: number, to: number, what: Uint8Array): number {
  const first = what[0] as number;
  const second = what[1] as number;
  const last = to - what.length;
  for (let at = from; at <= last; at++) {
    if (bytes[at] !== first || bytes[at + 1] !== second) continue;
    let i = 2;
    while (i < what.length && bytes[at + i] === what[i]) i++;
    if (i === what.length) return at;
  }
  return -1;
}

/** The whole number behind a key of a JSON text. */
function numberBehind(bytes: Uint8Array, from: number, to: number, key: Uint8Array): number {
  const at = find(bytes, from, to, key);
  if (at < 0) return Number.NaN;
  let value = 0;
  let i = at + key.length;
  for (; i < to; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return i === at + key.length ? Number.NaN : value;
}
