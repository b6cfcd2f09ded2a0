import type { Version } from '../ids.ts';

/**
 * Where the feed of one activation stands (SV2, SY6, SY8). `sent` is the version up to which deltas left, `applied` the last
 * one the client said it has committed; `inFlight` the bytes of what lies between.
 */
export interface FeedCursor {
  readonly sent: Version;
  readonly applied: Version;
  /** Frames that are not yet applied, oldest first. */
  readonly unapplied: readonly { readonly toVersion: Version; readonly bytes: number }[];
  readonly inFlight: number;
  /** `sent` at the last APPLIED that brought nothing new; null after progress. */
  readonly stalledAt: Version | null;
}

/** Bytes that may be on their way to one activation before the feed waits for it. */
export const FEED_WINDOW = 1_048_576;

export const feedFrom = (at: Version): FeedCursor => ({ sent: at, applied: at, unapplied: [], inFlight: 0, stalledAt: null });

export const mayFeed = (cursor: FeedCursor, head: Version, window = FEED_WINDOW): boolean => cursor.sent < head && cursor.inFlight < window;

export function afterFeed(cursor: FeedCursor, toVersion: Version, bytes: number): FeedCursor {
  return { ...cursor, sent: toVersion, unapplied: [...cursor.unapplied, { toVersion, bytes }], inFlight: cursor.inFlight + bytes };
}

/**
 * APPLIED is cumulative and repeated with each PING. When the same version comes twice with nothing sent in between, what was
 * sent above it is lost, and the feed starts again from there (SY8).
 */
export function afterApplied(cursor: FeedCursor, version: Version): FeedCursor {
  if (version > cursor.sent) return { ...cursor, sent: version, applied: version, unapplied: [], inFlight: 0, stalledAt: null };
  if (version > cursor.applied) {
    const unapplied = cursor.unapplied.filter((frame) => frame.toVersion > version);
    return { ...cursor, applied: version, unapplied, inFlight: unapplied.reduce((sum, frame) => sum + frame.bytes, 0), stalledAt: null };
  }
  if (version < cursor.applied || version === cursor.sent) return cursor;
  if (cursor.stalledAt === cursor.sent) return feedFrom(version);
  return { ...cursor, stalledAt: cursor.sent };
}

/** SV3: the log no longer reaches back to where this activation stands; it has to activate again. */
export const isCompacted = (cursor: FeedCursor, horizon: Version): boolean => cursor.sent < horizon;
