import { rowKey } from '../../shared/core/change.ts';
import type { StoreFiles } from './store-files.ts';

/** File names of a context: a hash of (serverId, contextId), so that no id can say where its file goes (IS1), and the generation. */
export class ContextFiles {
  readonly #base: string;

  constructor(files: StoreFiles, serverId: string, contextId: string) {
    this.#base = files.nameOf(rowKey(serverId, contextId));
  }

  generation(generation: number): string {
    return `p-${this.#base}-${generation}.sqlite`;
  }

  /** The generation that a name stands for; null when it is another context's or no partition. */
  generationOf(name: string): number | null {
    const match = /^p-([0-9a-f]+)-(\d+)\.sqlite$/.exec(name);
    return match !== null && match[1] === this.#base ? Number(match[2]) : null;
  }

  /** A copy for a moment (MG3). */
  get rehearsal(): string {
    return `r-${this.#base}.sqlite`;
  }

  get quarantine(): string {
    return `q-${this.#base}.sqlite`;
  }

  download(sha256: string): string {
    return `d-${this.#base}-${sha256.slice(0, 16)}.part`;
  }

  has(name: string): boolean {
    return this.generationOf(name) !== null || name === this.quarantine || this.isDownload(name);
  }

  isDownload(name: string): boolean {
    return name.startsWith(`d-${this.#base}-`);
  }
}

/** The newest complete generation above `generation`: what is left of a context whose registry row was lost; null when there is none. */
export function survivorOf(files: StoreFiles, names: ContextFiles, generation: number): number | null {
  const found = files.list().flatMap((name) => names.generationOf(name) ?? []).sort((a, b) => b - a);
  for (const candidate of found.filter((other) => other > generation)) {
    try {
      const handle = files.openReadOnly(names.generation(candidate));
      try {
        if (handle.prepare(`SELECT value FROM meta WHERE key = 'complete'`).get() !== undefined) return candidate;
      } finally {
        handle.close();
      }
    } catch {
      // A file that cannot be read was not completed: what is whole is looked for in the older ones.
      continue;
    }
  }
  return null;
}

/** A name for a damaged file that no other has. */
export function asideName(files: StoreFiles, name: string): string {
  let n = 1;
  while (files.exists(`x-${name}-${n}`)) n++;
  return `x-${name}-${n}`;
}
