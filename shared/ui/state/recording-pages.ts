import { AppError } from '../../base/app-error.ts';

// The rows of a table, read from the pages of an SQLite file (https://sqlite.org/fileformat2.html): SQL would hand a million rows over value by
// value, and their bytes are here already. The file may be anybody's: nothing in it is trusted.

const damaged = (what: string): never => {
  throw new AppError('DAMAGED_RECORDING', `The recording is damaged: ${what}`, { hint: 'Get the file again from where it came from.' });
};

const INTERIOR = 5;
const LEAF = 13;
const DEEPEST = 40;

export class SqlitePages {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pageBytes: number;
  readonly #usable: number;
  readonly #pages: number;
  #overflow = new Uint8Array(0);

  /** The head of the file was checked. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = this.#view.getUint16(16);
    this.#pageBytes = size === 1 ? 65_536 : size;
    this.#usable = this.#pageBytes - (bytes[20] ?? 0);
    this.#pages = Math.floor(bytes.length / this.#pageBytes);
    if (this.#usable < 480) damaged('its pages hold nothing');
    if (this.#view.getUint32(56) !== 1) damaged('its texts are not UTF-8');
  }

  /** The pages that hold the rows of the table whose tree begins at a page, in the order of rowids. */
  leavesOf(root: number): readonly number[] {
    const leaves: number[] = [];
    let left = this.#pages;
    // Pages still to be visited, the next one last.
    const stack: { readonly page: number; readonly depth: number }[] = [{ page: root, depth: 0 }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { page, depth } = next;
      if (page < 1 || page > this.#pages || depth > DEEPEST || left-- <= 0) damaged('a table leads nowhere');
      const { start, kind, head, cells, pointers } = this.#page(page);
      if (kind === LEAF) {
        leaves.push(page);
        continue;
      }
      stack.push({ page: this.#view.getUint32(head + 8), depth: depth + 1 });
      for (let i = cells - 1; i >= 0; i--) stack.push({ page: this.#view.getUint32(this.#cell(start, pointers + i * 2)), depth: depth + 1 });
    }
    return leaves;
  }

  rowsOn(leaf: number): number {
    return this.#page(leaf).cells;
  }

  /** Calls `take` with the bytes of each record on a page: [from, to) of `bytes`. */
  eachRecord(leaf: number, take: (bytes: Uint8Array, from: number, to: number) => void): void {
    const { start, cells, pointers } = this.#page(leaf);
    for (let i = 0; i < cells; i++) this.#record(this.#cell(start, pointers + i * 2), start + this.#pageBytes, take);
  }

  #page(page: number) {
    const start = (page - 1) * this.#pageBytes;
    const head = page === 1 ? start + 100 : start;
    const kind = this.#bytes[head];
    const cells = this.#view.getUint16(head + 3);
    const pointers = head + (kind === INTERIOR ? 12 : 8);
    if ((kind !== INTERIOR && kind !== LEAF) || pointers + cells * 2 > start + this.#pageBytes) damaged('a page is none of a table');
    return { start, head, kind, cells, pointers };
  }

  #cell(start: number, pointer: number): number {
    const offset = this.#view.getUint16(pointer);
    if (offset < 8 || offset + 4 > this.#usable) damaged('a row lies outside of its page');
    return start + offset;
  }

  #record(cell: number, end: number, take: (bytes: Uint8Array, from: number, to: number) => void): void {
    const bytes = this.#bytes;
    let at = cell;
    let size = 0;
    for (let i = 0; i < 9; i++) {
      const byte = bytes[at++] as number;
      size = size * 128 + (byte & 127);
      if (byte < 128) break;
    }
    // The rowid.
    for (let i = 0; i < 9; i++) if ((bytes[at++] as number) < 128) break;
    const most = this.#usable - 35;
    if (size <= most) {
      if (at + size > end) damaged('a row goes beyond its page');
      take(bytes, at, at + size);
      return;
    }
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const part = least + ((size - least) % (this.#usable - 4));
    const here = part <= most ? part : least;
    if (size > bytes.length || at + here + 4 > end) damaged('a row is larger than its file');
    take(this.#overflowing(at, here, size), 0, size);
  }

  /** A record that goes on in other pages, put together. */
  #overflowing(from: number, here: number, size: number): Uint8Array {
    const bytes = this.#bytes;
    if (this.#overflow.length < size) this.#overflow = new Uint8Array(size * 2);
    const record = this.#overflow;
    record.set(bytes.subarray(from, from + here));
    let page = this.#view.getUint32(from + here);
    for (let have = here; have < size; ) {
      if (page < 1 || page > this.#pages) damaged('a row leads nowhere');
      const start = (page - 1) * this.#pageBytes;
      const more = Math.min(size - have, this.#usable - 4);
      record.set(bytes.subarray(start + 4, start + 4 + more), have);
      have += more;
      page = this.#view.getUint32(start);
    }
    return record;
  }
}

const SIZES: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];
const TEXTS = new TextDecoder();

/** A text that was met in a record, to be known again. */
export interface Kept {
  readonly hash: number;
  readonly length: number;
  readonly view: DataView;
  readonly text: string;
}

/** One record, column by column. It is filled anew for each. */
export class SqliteRecord {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #types: Int32Array;
  readonly #starts: Int32Array;
  #view: DataView = new DataView(this.bytes.buffer);
  #of = this.bytes.buffer;

  constructor(columns: number) {
    this.#types = new Int32Array(columns);
    this.#starts = new Int32Array(columns + 1);
  }

  read(bytes: Uint8Array, from: number, to: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      if (bytes.buffer !== this.#of) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#of = bytes.buffer;
    }
    let at = from;
    let head = bytes[at++] as number;
    // A head of more than 127 bytes would hold more columns than there are.
    if (head > 127) damaged('a row has too many columns');
    head += from;
    let body = head;
    const columns = this.#types.length;
    for (let column = 0; column < columns; column++) {
      if (at >= head) damaged('a row lacks columns');
      let type = bytes[at++] as number;
      if (type > 127) {
        type &= 127;
        for (let i = 0; i < 8; i++) {
          const byte = bytes[at++] as number;
          type = type * 128 + (byte & 127);
          if (byte < 128) break;
        }
      }
      this.#types[column] = type;
      this.#starts[column] = body;
      body += type < 12 ? (SIZES[type] as number) : (type - 12) >>> 1;
    }
    this.#starts[columns] = body;
    if (body > to) damaged('a row is cut off');
  }

  start(column: number): number {
    return this.#starts[column] as number;
  }

  end(column: number): number {
    return this.#starts[column + 1] as number;
  }

  isNull(column: number): boolean {
    return this.#types[column] === 0;
  }

  isText(column: number): boolean {
    const type = this.#types[column] as number;
    return type >= 13 && type % 2 === 1;
  }

  /** NaN where there is none. */
  number(column: number): number {
    const at = this.#starts[column] as number;
    const view = this.#view;
    switch (this.#types[column]) {
      case 1:
        return view.getInt8(at);
      case 2:
        return view.getInt16(at);
      case 3:
        return view.getInt8(at) * 0x1_0000 + view.getUint16(at + 1);
      case 4:
        return view.getInt32(at);
      case 5:
        return view.getInt16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
      case 6:
        return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
      case 7:
        return view.getFloat64(at);
      case 8:
        return 0;
      case 9:
        return 1;
      default:
        return Number.NaN;
    }
  }

  hash(column: number): number {
    const view = this.#view;
    const to = this.#starts[column + 1] as number;
    let at = this.#starts[column] as number;
    let hash = to - at;
    for (; at + 4 <= to; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at), 0x01000193);
      hash ^= hash >>> 15;
    }
    for (; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    return hash ^ (hash >>> 13);
  }

  isSame(column: number, { length, view: other }: Kept): boolean {
    const view = this.#view;
    const from = this.#starts[column] as number;
    if ((this.#starts[column + 1] as number) - from !== length) return false;
    let i = 0;
    for (; i + 4 <= length; i += 4) if (view.getInt32(from + i) !== other.getInt32(i)) return false;
    for (; i < length; i++) if (view.getUint8(from + i) !== other.getUint8(i)) return false;
    return true;
  }

  keep(column: number): Kept {
    const bytes = this.bytes.slice(this.start(column), this.end(column));
    return { hash: this.hash(column), length: bytes.length, view: new DataView(bytes.buffer), text: this.text(column) };
  }

  /** A number of 52 bits for these bytes: enough to know them again among millions. */
  key(from: number, to: number): number {
    const view = this.#view;
    let a = 0x811c9dc5;
    let b = to - from;
    let at = from;
    for (; at + 4 <= to; at += 4) {
      const word = view.getInt32(at);
      a = Math.imul(a ^ word, 0x01000193);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca6b);
      b ^= b >>> 13;
    }
    for (; at < to; at++) {
      const byte = view.getUint8(at);
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x85ebca6b) ^ (b >>> 15);
    }
    return (a >>> 0) * 0x10_0000 + (b >>> 12);
  }

  text(column: number): string {
    return this.isText(column) ? TEXTS.decode(this.bytes.subarray(this.start(column), this.end(column))) : '';
  }
}
