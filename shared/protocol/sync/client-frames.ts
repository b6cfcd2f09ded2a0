import { z } from 'zod';
import { STRATEGIES } from '../../core/change.ts';
import { activationIdSchema, contextIdSchema, deviceIdSchema, logIdSchema, nameSchema, versionSchema } from '../../core/ids.ts';
import { mutationSchema } from './parts.ts';

// Frames from the runtime to the sync server.

const activation = { contextId: contextIdSchema, activationId: activationIdSchema };

export const helloSchema = z.object({
  type: z.literal('HELLO'),
  protocol: z.number().int(),
  token: z.string().min(1).max(16_384),
  deviceId: deviceIdSchema,
  app: z.string().max(200),
});
export const authSchema = z.object({ type: z.literal('AUTH'), token: z.string().min(1).max(16_384) });
export const activateContextSchema = z.object({
  type: z.literal('ACTIVATE_CONTEXT'),
  ...activation,
  sinceVersion: versionSchema,
  seenVersion: versionSchema,
  logId: logIdSchema.optional(),
  schemaVersion: z.number().int().nonnegative(),
  /** Asks for a snapshot even where a delta would do: rebuild, quarantine, repair. */
  snapshot: z.boolean().optional(),
});
export const deactivateContextSchema = z.object({ type: z.literal('DEACTIVATE_CONTEXT'), ...activation });
export const pushSchema = z.object({
  type: z.literal('PUSH'),
  ...activation,
  pushId: nameSchema,
  logId: logIdSchema,
  localVersion: versionSchema,
  mutations: z.array(mutationSchema).min(1).max(1000),
});
export const appliedSchema = z.object({ type: z.literal('APPLIED'), ...activation, version: versionSchema });
export const conflictResolvedSchema = z.object({
  type: z.literal('CONFLICT_RESOLVED'),
  ...activation,
  entity: nameSchema,
  entityId: nameSchema,
  strategy: z.enum(STRATEGIES),
  outcome: z.enum(['take-theirs', 'ask']),
});
export const fetchLogSchema = z.object({
  type: z.literal('FETCH_LOG'),
  requestId: nameSchema,
  ...activation,
  fromVersion: versionSchema,
  toVersion: versionSchema,
  entity: nameSchema.optional(),
  entityId: nameSchema.optional(),
  limit: z.number().int().min(1).max(10_000),
});
export const pingSchema = z.object({ type: z.literal('PING'), nonce: z.string().max(200) });

export const clientFrameSchema = z.discriminatedUnion('type', [
  helloSchema,
  authSchema,
  activateContextSchema,
  deactivateContextSchema,
  pushSchema,
  appliedSchema,
  conflictResolvedSchema,
  fetchLogSchema,
  pingSchema,
]);
export type ClientFrame = z.output<typeof clientFrameSchema>;
