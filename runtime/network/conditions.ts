/** A network as it is emulated. Rates are chances per frame and direction, in [0, 1]. */
export interface NetworkConditions {
  readonly offline: boolean;
  /** Delay of each frame, in each direction, in ms. */
  readonly latencyMs: number;
  /** Up to so much more, drawn anew for each frame. */
  readonly jitterMs: number;
  readonly dropRate: number;
  readonly duplicateRate: number;
  readonly reorderRate: number;
  /** Kilobits a second in each direction; 0: unlimited. */
  readonly bandwidthKbps: number;
  /** Only frames of these contexts; left out: every frame, and the connection itself. */
  readonly contexts?: readonly string[];
}

/** A network without a fault: what conditions that are left out stand for. */
export const CALM: NetworkConditions = { offline: false, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0 };

const HEAD = /^\{"type":"[A-Z_]+",(?:"requestId":"(?:[^"\\]|\\.)*",)?"contextId":"((?:[^"\\]|\\.)*)"/;

/** The context that a frame belongs to; null: it is the connection's own. Both ends write it at the head, where it is found without parsing the rest. */
export function contextOfFrame(text: string): string | null {
  const escaped = HEAD.exec(text)?.[1];
  if (escaped !== undefined) return escaped.includes('\\') ? String(JSON.parse(`"${escaped}"`)) : escaped;
  if (!text.includes('"contextId"')) return null;
  try {
    const { contextId } = JSON.parse(text) as { contextId?: unknown };
    return typeof contextId === 'string' ? contextId : null;
  } catch {
    return null;
  }
}
