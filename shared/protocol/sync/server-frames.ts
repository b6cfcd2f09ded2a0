import { z } from 'zod';
import { WIRE_ERROR_CODES } from '../../core/error-codes.ts';
import { activationIdSchema, contextIdSchema, logIdSchema, mutationIdSchema, nameSchema, serverIdSchema, userIdSchema, versionSchema } from '../../core/ids.ts';
import { changeSchema, digestSchema, kindSchema, roleSchema, timeSchema } from './parts.ts';

// Frames from the sync server to the runtime.

const activation = { contextId: contextIdSchema, activationId: activationIdSchema };

export const membershipSchema = z.object({
  contextId: contextIdSchema,
  kind: kindSchema,
  role: roleSchema,
  headVersion: versionSchema,
  logId: logIdSchema,
  schemaVersion: z.number().int().nonnegative(),
  readableFrom: z.number().int().nonnegative(),
  /** A name for people, where the server knows one. */
  title: z.string().max(200).optional(),
});
export type Membership = z.output<typeof membershipSchema>;
export const revocationSchema = z.object({ contextId: contextIdSchema, acceptUntil: timeSchema.optional() });

export const welcomeSchema = z.object({
  type: z.literal('WELCOME'),
  protocol: z.number().int(),
  serverId: serverIdSchema,
  serverTime: timeSchema,
  userId: userIdSchema,
  contexts: z.array(membershipSchema),
  revoked: z.array(revocationSchema),
});
export const snapshotRefSchema = z.object({
  /** Path below the endpoint's own origin. */
  url: z.string().startsWith('/').max(2_000),
  version: versionSchema,
  bytes: z.number().int().nonnegative(),
  /** 64 hex digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SnapshotRef = z.output<typeof snapshotRefSchema>;
export const contextActivatedSchema = z.object({
  type: z.literal('CONTEXT_ACTIVATED'),
  ...activation,
  logId: logIdSchema,
  headVersion: versionSchema,
  horizon: versionSchema,
  mode: z.enum(['delta', 'snapshot', 'reset']),
  /** The request's own, so that the answer to an older request is not taken for this one's. */
  sinceVersion: versionSchema.optional(),
  /** The digest at the client's sinceVersion, where the server still knows it. */
  digest: digestSchema.optional(),
  snapshot: snapshotRefSchema.optional(),
  schemaVersion: z.number().int().nonnegative(),
  readableFrom: z.number().int().nonnegative(),
});
export const deltaSchema = z.object({
  type: z.literal('DELTA'),
  ...activation,
  fromVersion: versionSchema,
  toVersion: versionSchema,
  changes: z.array(changeSchema),
  digest: digestSchema,
});
export const pushOutcomeSchema = z.object({
  mutationId: mutationIdSchema,
  outcome: z.enum(['applied', 'conflict', 'rejected']),
  contextVersion: versionSchema.optional(),
  currentVersion: versionSchema.optional(),
  code: z.enum(WIRE_ERROR_CODES).optional(),
  message: z.string().max(2_000).optional(),
});
export const pushResultSchema = z.object({ type: z.literal('PUSH_RESULT'), ...activation, pushId: nameSchema, results: z.array(pushOutcomeSchema) });
export const contextDeactivatedSchema = z.object({ type: z.literal('CONTEXT_DEACTIVATED'), ...activation });
export const membershipFrameSchema = z.object({ type: z.literal('MEMBERSHIP'), granted: z.array(membershipSchema), revoked: z.array(revocationSchema) });
export const logSchema = z.object({
  type: z.literal('LOG'),
  requestId: nameSchema,
  contextId: contextIdSchema,
  changes: z.array(changeSchema),
  more: z.boolean(),
  horizon: versionSchema,
});
export const errorSchema = z.object({
  type: z.literal('ERROR'),
  code: z.enum(WIRE_ERROR_CODES),
  message: z.string().max(2_000),
  retryable: z.boolean(),
  contextId: contextIdSchema.optional(),
  activationId: activationIdSchema.optional(),
  requestId: nameSchema.optional(),
  /** With COMPACTED: the oldest version that the log still starts after. */
  horizon: versionSchema.optional(),
});
export const pongSchema = z.object({ type: z.literal('PONG'), nonce: z.string().max(200) });

export const serverFrameSchema = z.discriminatedUnion('type', [
  welcomeSchema,
  contextActivatedSchema,
  deltaSchema,
  pushResultSchema,
  contextDeactivatedSchema,
  membershipFrameSchema,
  logSchema,
  errorSchema,
  pongSchema,
]);
export type ServerFrame = z.output<typeof serverFrameSchema>;
