import { z } from 'zod';
import { err, ok, type Result } from '../../base/result.ts';
import { clientFrameSchema, type ClientFrame } from './client-frames.ts';
import { serverFrameSchema, type ServerFrame } from './server-frames.ts';

// The sync wire, version 1: JSON text frames over one WebSocket per endpoint, path `/sync`. Bytes become frames here and nowhere else.

// A content security policy without 'unsafe-eval' forbids generated validators; checks by interpretation are fast enough beside a JSON.parse.
z.config({ jitless: true });

export const SYNC_PROTOCOL = 1;
/** The largest frame in bytes that a sender makes of several changes (SY6); one change alone may exceed it. */
export const MAX_FRAME_BYTES = 262_144;
/** The largest frame in bytes that a receiver takes at all. */
export const MAX_RECEIVED_BYTES = 4_194_304;

export type { ClientFrame } from './client-frames.ts';
export type { Membership, ServerFrame, SnapshotRef } from './server-frames.ts';

export type FrameOf<F extends { type: string }, T extends F['type']> = Extract<F, { type: T }>;

/** Parses what came over the socket; the error says which field does not fit, without its value. */
export const parseClientFrame = (text: string): Result<ClientFrame, string> => parse(clientFrameSchema, text);
export const parseServerFrame = (text: string): Result<ServerFrame, string> => parse(serverFrameSchema, text);
export const frameText = (frame: ClientFrame | ServerFrame): string => JSON.stringify(frame);

function parse<T>(schema: z.ZodType<T>, text: string): Result<T, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err('The frame is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err(`${issue?.path.join('.') || 'The frame'}: ${issue?.message ?? 'does not fit'}`);
}
