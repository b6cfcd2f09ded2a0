import { z } from 'zod';
import { changes, commandIdSchema, connectionSchema, idSchema, jsonSchema, lifecycleSchema, progressSchema, reads, timeSchema, toldUnder } from './parts.ts';

const context = { contextId: idSchema };
const command = { commandId: commandIdSchema };

export const pendingChoiceSchema = z.enum(['refuse', 'quarantine', 'discard']);

const pruneItem = z.object({
  ...context,
  outcome: z.enum(['pruned', 'would-prune', 'refused']),
  /** Bytes that go or would go. */
  frees: z.number(),
  pending: z.number().int(),
  choice: pendingChoiceSchema.optional(),
  reason: z.string().optional(),
});
export type PruneItem = z.output<typeof pruneItem>;

const reason = z.object({ text: z.string(), eventSeq: z.number().int().optional(), at: timeSchema.optional() });
const blocker = z.object({
  kind: z.enum(['pending-writes', 'holders', 'schema-ahead', 'no-membership', 'back-off', 'credit', 'not-a-candidate', 'active', 'offline']),
  text: z.string(),
  until: timeSchema.optional(),
});
const explanation = z.object({
  ...context,
  lifecycle: lifecycleSchema,
  connection: connectionSchema.optional(),
  since: timeSchema,
  why: z.array(reason),
  notPruned: z.array(reason),
  blockers: z.array(blocker),
});
export type Explanation = z.output<typeof explanation>;

export const rowAtSchema = z.object({ entity: idSchema, id: idSchema, version: z.number(), value: jsonSchema.nullable(), deleted: z.boolean(), timestamp: timeSchema.nullable(), deviceId: z.string().nullable() });
const difference = z.object({ entity: idSchema, id: idSchema, kind: z.enum(['missing-here', 'only-here', 'differs']), local: rowAtSchema.nullable(), server: rowAtSchema.nullable(), change: z.object({ contextVersion: z.number(), mutationId: idSchema, deviceId: idSchema }).optional() });

export const contextMethods = {
  'Context.activate': changes('Activates a context and keeps it active on behalf of the inspector', z.object({ ...command, ...context }), z.object({ activationId: idSchema, lifecycle: lifecycleSchema })),
  'Context.deactivate': changes('Ends an activation; force waits for nothing', z.object({ ...command, ...context, force: z.boolean().optional() }), z.object({ lifecycle: lifecycleSchema, pendingWrites: z.number().int() })),
  'Context.prune': changes(
    'Deletes partitions and keeps registry rows',
    z.object({ ...command, contexts: z.array(idSchema).min(1).max(10_000), pending: pendingChoiceSchema.optional(), dryRun: z.boolean().optional() }),
    z.object({ items: z.array(pruneItem), frees: z.number(), dryRun: z.boolean() }),
  ),
  'Context.forget': changes('Deletes a context and every trace of it', z.object({ ...command, ...context, dryRun: z.boolean().optional() }), z.object({ frees: z.number(), pending: z.number().int(), conflicts: z.number().int(), dryRun: z.boolean() })),
  'Context.replay': changes(
    'Builds the context again from the server (rebuild), or compares it with such a build (compare: changes nothing)',
    z.object({ ...command, ...context, mode: z.enum(['rebuild', 'compare']), toVersion: z.number().int().optional(), dryRun: z.boolean().optional() }),
    z.object({
      mode: z.enum(['rebuild', 'compare']),
      dryRun: z.boolean(),
      version: z.number(),
      rows: z.number().optional(),
      bytes: z.number().optional(),
      pendingWrites: z.number().int(),
      durationMs: z.number(),
      identical: z.boolean().optional(),
      differences: z.array(difference).optional(),
      localDigest: z.string().optional(),
      serverDigest: z.string().optional(),
      unknown: z.number().optional().describe('Rows that changed after toVersion, so that they are not compared'),
    }),
  ),
  'Context.verify': reads('Counts the digest anew from the rows and compares it with the kept one', z.object({ ...context, ...toldUnder }), z.object({ ok: z.boolean(), kept: z.string(), counted: z.string(), rows: z.number(), version: z.number(), durationMs: z.number() })),
  'Context.explain': reads('Why it is in this state, what keeps it so, and what stands in the way', z.object({ ...context }), explanation),
  'Context.history': reads(
    'Changes of a context, or of one row, by version',
    z.object({ ...context, ...toldUnder, entity: idSchema.optional(), entityId: idSchema.optional(), from: z.number().int().nonnegative(), to: z.number().int().nonnegative() }),
    z.object({ source: z.enum(['server', 'recording']), horizon: z.number(), changes: z.array(jsonSchema), more: z.boolean() }),
  ),
  'Context.stateAt': reads('Rows as of a version', z.object({ ...context, ...toldUnder, version: z.number().int().nonnegative(), limit: z.number().int().max(10_000).optional() }), z.object({ source: z.enum(['server', 'recording']), rows: z.array(rowAtSchema), total: z.number(), unknown: z.number().optional().describe('Rows that changed since, and whose value of then is behind the horizon') })),
  'Context.stressSwitch': changes(
    'Switches rapidly between contexts and reports every invariant that broke',
    z.object({ ...command, contexts: z.array(idSchema).min(2).max(100), rounds: z.number().int().min(1).max(100_000) }),
    z.object({ rounds: z.number(), durationMs: z.number(), p50Ms: z.number(), p95Ms: z.number(), overtaken: z.number(), broken: z.array(z.object({ rule: z.string(), text: z.string(), eventSeq: z.number().optional() })) }),
  ),
} as const;

export const contextEvents = { 'Context.progress': progressSchema } as const;
