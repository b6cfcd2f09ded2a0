import { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { EVENT_KINDS, PHASES } from '../../core/events.ts';

// The parts that the domains of the debug protocol share. An agent in another language sends exactly these.

export const idSchema = z.string().min(1).max(200);
export const timeSchema = z.number();
/** Typed as our own `Json`: what goes out is often read-only, and nobody changes what came in. */
export const jsonSchema = z.json() as unknown as z.ZodType<Json>;

export const eventSchema = z.object({
  seq: z.number().int().nonnegative(),
  /** Milliseconds since 1970 by the client's clock. */
  at: timeSchema,
  kind: z.enum(EVENT_KINDS),
  contextId: idSchema.optional(),
  activationId: idSchema.optional(),
  entity: idSchema.optional(),
  entityId: idSchema.optional(),
  fromVersion: z.number().int().nonnegative().optional(),
  toVersion: z.number().int().nonnegative().optional(),
  mutationIds: z.array(idSchema).optional(),
  bytes: z.number().nonnegative().optional(),
  durationMs: z.number().nonnegative().optional(),
  data: z.record(z.string(), jsonSchema),
});
export type DebugEvent = z.output<typeof eventSchema>;

export const lifecycleSchema = z.enum(['dormant', 'activating', 'active', 'deactivating']);
export const connectionSchema = z.enum(['offline', 'connecting', 'catching-up', 'live']);
export const errorInfoSchema = z.object({ code: z.string(), message: z.string(), at: timeSchema });

/** A registry row (IS2) as it stands on the device. */
export const registryRowSchema = z.object({
  contextId: idSchema,
  serverId: idSchema,
  userId: idSchema,
  title: z.string().optional(),
  kind: z.enum(['tenant', 'ambient']),
  endpoint: z.string(),
  role: z.enum(['reader', 'writer', 'admin']),
  lifecycle: lifecycleSchema,
  partition: z.object({ present: z.boolean(), generation: z.number().int(), bytes: z.number().nonnegative(), file: z.string().optional() }),
  logId: z.string().nullable(),
  schemaVersion: z.number().int(),
  localVersion: z.number().int(),
  serverVersion: z.number().int(),
  pendingWrites: z.number().int(),
  lastAccessAt: timeSchema.nullable(),
  lastSyncedAt: timeSchema.nullable(),
  lastError: errorInfoSchema.nullable(),
  listed: z.enum(['yes', 'unlisted', 'revoked']),
  quarantine: z.string().nullable(),
});
export type RegistryRowInfo = z.output<typeof registryRowSchema>;

/** What only a running activation knows; null fields of a dormant context are left out. */
export const contextStatusSchema = z.object({
  contextId: idSchema,
  lifecycle: lifecycleSchema,
  /** When it came into this lifecycle state. */
  since: timeSchema,
  activationId: idSchema.optional(),
  connection: connectionSchema.optional(),
  /** What it is doing, with progress where there is any. */
  doing: z.object({ phase: z.enum(PHASES).optional(), text: z.string(), done: z.number().optional(), total: z.number().optional() }).optional(),
  holders: z.number().int(),
  digest: z.string().optional(),
  conflicts: z.number().int(),
  openConflicts: z.number().int(),
  pending: z.array(z.object({ mutationId: idSchema, entity: idSchema, entityId: idSchema, op: z.enum(['put', 'delete']), state: z.enum(['pending', 'sent', 'parked', 'accepted']), baseVersion: z.number().nullable(), writtenAt: timeSchema })),
});
export type ContextStatus = z.output<typeof contextStatusSchema>;

export const commandIdSchema = idSchema.describe('Names the call: a retry with the same id does it once (DB2)');

/** Who and what a client is. clientId survives a reload, runId does not. */
export const clientInfoSchema = z.object({
  clientId: idSchema,
  runId: idSchema,
  deviceId: idSchema,
  title: z.string().max(200),
  type: z.enum(['page', 'worker', 'node', 'phone', 'recording']),
  app: z.string().max(200),
  platform: z.string().max(200),
  runtimeVersion: z.string().max(100),
  userId: z.string().max(200).optional(),
  startedAt: timeSchema,
  /** Methods the client answers; the inspector hides what is not here (DB3). */
  capabilities: z.array(z.string().max(100)),
  valuePolicy: z.enum(['full', 'structure', 'redacted']),
  clockOffsetMs: z.number().optional(),
});
export type ClientInfo = z.output<typeof clientInfoSchema>;

/** Of a read that may take long: its progress is told under it, where one is given (DB6). */
export const toldUnder = { commandId: commandIdSchema.optional().describe('Progress is told under it') };

export const progressSchema = z.object({ commandId: idSchema, done: z.number(), total: z.number().optional(), text: z.string().optional() });

/** One method of the protocol. `changes`: it changes the client, so an observe session cannot call it. */
export interface Method<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly params: P;
  readonly result: R;
  readonly changes: boolean;
  readonly about: string;
}

export const reads = <P extends z.ZodType, R extends z.ZodType>(about: string, params: P, result: R): Method<P, R> => ({ params, result, changes: false, about });
export const changes = <P extends z.ZodType, R extends z.ZodType>(about: string, params: P, result: R): Method<P, R> => ({ params, result, changes: true, about });
