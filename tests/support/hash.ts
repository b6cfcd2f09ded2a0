import xxhash from 'xxhash-wasm';
import type { Hash64 } from '../../shared/core/digest.ts';

/** The hash of the digest, as every platform passes it in. */
export async function hash64(): Promise<Hash64> {
  const { h64 } = await xxhash();
  return (text) => h64(text);
}
