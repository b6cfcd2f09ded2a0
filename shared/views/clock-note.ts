import type { Reader } from './reader.ts';

/** What the device had last learnt that its clock is off by, when it came to a place of its recording; null: it never told. */
export async function offsetAt(read: Reader, contextId: string, place: number): Promise<number | null> {
  const [row] = await read("SELECT json_extract(data, '$.offsetMs') AS offset FROM events WHERE contextId = ? AND kind = 'clock' AND place <= ? ORDER BY place DESC LIMIT 1", [contextId, place + 1]);
  return typeof row?.['offset'] === 'number' ? row['offset'] : null;
}

/** Whether an offset is so large beside the distance of two stamps that the clocks may have decided, not who wrote first. */
export const isWithinClocks = (offsetMs: number, mineAt: number, theirsAt: number): boolean => Math.abs(offsetMs) >= Math.abs(mineAt - theirsAt) / 2;
