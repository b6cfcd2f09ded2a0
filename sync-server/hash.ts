import xxhash from 'xxhash-wasm';
import type { Hash64 } from '../shared/core/digest.ts';

/** xxHash64 with seed 0 over UTF-8. */
export async function loadHash(): Promise<Hash64> {
  const { h64 } = await xxhash();
  return (text) => h64(text, 0n);
}
