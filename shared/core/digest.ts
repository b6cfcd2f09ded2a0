import type { Version } from './ids.ts';

// SY5. The digest of a context is the sum modulo 2^64 of one 64-bit hash per live confirmed row, so that it can be kept
// incrementally: take the old row's hash out, put the new one in.

/** A 64-bit hash of a text as an unsigned bigint; xxHash64 with seed 0 over UTF-8 everywhere, passed in by the platform. */
export type Hash64 = (text: string) => bigint;

/** 16 lower-case hex digits. */
export type Digest = string;

export const EMPTY_DIGEST: Digest = '0000000000000000';

/** The hash of one live row; `text` is the value's canonical text as it stands in the log. */
export function rowHash(hash: Hash64, entity: string, entityId: string, version: Version, text: string): bigint {
  // Lengths keep ("ab", "c") and ("a", "bc") apart.
  return hash(`${entity.length}:${entity}${entityId.length}:${entityId}${version}:${text}`);
}

export const digestOf = (sum: bigint): Digest => BigInt.asUintN(64, sum).toString(16).padStart(16, '0');

export const sumOf = (digest: Digest): bigint => BigInt(`0x${digest}`);

/** `digest` with `added` put in and `removed` taken out (sums of row hashes, modulo 2^64). */
export const moveDigest = (digest: Digest, added: bigint, removed: bigint): Digest => digestOf(sumOf(digest) + added - removed);
