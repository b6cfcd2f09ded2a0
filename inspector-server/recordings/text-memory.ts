/** Texts that wait to be written, one behind the other, in memory that both threads see. */
export class Chunk {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  used = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(new SharedArrayBuffer(size));
  }

  has(room: number): boolean {
    return this.used + room <= this.bytes.length;
  }

  add(text: Uint8Array): void {
    this.bytes.set(text, this.used);
    this.used += text.length;
  }
}

/**
 * Chunks that are used again and again. Memory that was taken for each text would live too long to be given back without a collection of everything, and
 * those cost more than copying.
 */
export class TextMemory {
  readonly #free: Chunk[] = [];
  readonly #size: number;
  readonly #keep: number;

  /** Chunks of so many bytes, of which so many are kept for later. */
  constructor(size: number, keep: number) {
    this.#size = size;
    this.#keep = keep;
  }

  /** An empty chunk with room for so much at least. */
  take(room: number): Chunk {
    return room > this.#size ? new Chunk(room) : (this.#free.pop() ?? new Chunk(this.#size));
  }

  /** Gives a chunk back that nobody reads any more. */
  give(chunk: Chunk): void {
    if (chunk.bytes.length !== this.#size || this.#free.length >= this.#keep) return;
    chunk.used = 0;
    this.#free.push(chunk);
  }
}
