import { z } from 'zod';
import { changes, commandIdSchema, idSchema, jsonSchema, reads, timeSchema } from './parts.ts';

const context = { contextId: idSchema };

const queryResult = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(jsonSchema)),
  /** True when a limit of rows or bytes ended it. */
  truncated: z.boolean(),
  durationMs: z.number(),
  localVersion: z.number().optional(),
});
export type QueryResult = z.output<typeof queryResult>;

const dataRow = z.object({ id: idSchema, version: z.number(), deviceId: z.string().nullable(), timestamp: timeSchema.nullable(), mark: z.enum(['confirmed', 'pending', 'conflicted']), value: jsonSchema, deleted: z.boolean().optional().describe('Only with `only`: a row without a value, deleted or in no log yet') });

/** What a client declares beside its methods when `Data.rows` knows `only`: an older one answers with all rows. */
export const ROWS_ONLY = 'Data.rows.only';

export const dataMethods = {
  'Data.query': reads(
    'One read-only statement over one context (DB9)',
    z.object({ ...context, sql: z.string().min(1).max(100_000), params: z.array(jsonSchema).max(100).optional(), limit: z.number().int().min(1).max(10_000).optional(), timeoutMs: z.number().int().min(10).max(60_000).optional() }),
    queryResult,
  ),
  'Data.entities': reads('Entities with counts', z.object({ ...context }), z.object({ entities: z.array(z.object({ entity: idSchema, strategy: z.string(), rows: z.number(), pending: z.number(), conflicts: z.number(), columns: z.array(z.string()), references: z.record(z.string(), z.string()) })) })),
  'Data.rows': reads(
    'Rows of an entity, by id',
    z.object({ ...context, entity: idSchema, after: idSchema.optional(), limit: z.number().int().min(1).max(1_000).optional(), search: z.string().max(200).optional(), only: z.enum(['pending', 'conflicts', 'quarantined']).optional().describe('Rows with a write in the outbox, with a kept conflict, with a write that was set aside; asked only of a client that declares `Data.rows.only`') }),
    z.object({ rows: z.array(dataRow), more: z.boolean(), masked: z.boolean() }),
  ),
  'Data.export': reads(
    'Rows of one entity, or of all, in chunks (DB6): ask again with `next` as `cursor` until it is null',
    z.object({ ...context, entity: idSchema.optional(), format: z.enum(['ndjson', 'csv']), cursor: z.string().max(2_000).optional() }),
    z.object({ chunk: z.string(), next: z.string().nullable(), rows: z.number().int().describe('In this chunk'), total: z.number().int().describe('In all, when the export began'), masked: z.boolean() }),
  ),
} as const;

const conflictRow = z.object({
  conflictId: idSchema,
  ...context,
  at: timeSchema,
  entity: idSchema,
  entityId: idSchema,
  state: z.enum(['automatic', 'by-hand', 'open', 'rejected']),
  strategy: z.string(),
  winner: z.enum(['mine', 'theirs', 'merged']),
  theirDevice: z.string().nullable(),
  theirVersion: z.number().nullable(),
  mutationIds: z.array(idSchema),
  code: z.string().nullable(),
});
export type ConflictRow = z.output<typeof conflictRow>;
const side = z.object({ value: jsonSchema.nullable(), deleted: z.boolean(), timestamp: timeSchema.nullable(), deviceId: z.string().nullable() });
const decidedField = z.object({ field: z.string(), rule: z.string(), winner: z.enum(['mine', 'theirs', 'merged', 'base']) });
const conflictDetail = conflictRow.extend({ base: side.nullable(), mine: side.nullable(), theirs: side.nullable(), result: side.nullable(), decided: z.array(decidedField), message: z.string().nullable() });
export type ConflictDetail = z.output<typeof conflictDetail>;

export const conflictMethods = {
  'Conflict.list': reads('Conflicts of a context, newest first', z.object({ ...context, before: timeSchema.optional(), limit: z.number().int().min(1).max(1_000).optional() }), z.object({ conflicts: z.array(conflictRow), more: z.boolean() })),
  'Conflict.get': reads('One conflict with its three values and what came of them', z.object({ ...context, conflictId: idSchema }), conflictDetail),
  'Conflict.tryStrategy': reads('The same three values under another strategy; changes nothing', z.object({ ...context, conflictId: idSchema, strategy: z.enum(['lww', 'fields', 'text', 'custom', 'ask']) }), z.object({ result: side, outcome: z.enum(['put', 'delete', 'take-theirs', 'ask']), decided: z.array(decidedField) })),
  'Conflict.resolve': changes(
    'Settles a conflict by hand, with a new write',
    z.object({ commandId: commandIdSchema, ...context, conflictId: idSchema, choice: z.enum(['mine', 'theirs', 'value']), value: jsonSchema.optional(), dryRun: z.boolean().optional() }),
    z.object({ dryRun: z.boolean(), writes: z.object({ op: z.enum(['put', 'delete']), value: jsonSchema.optional() }).nullable(), mutationId: idSchema.optional() }),
  ),
} as const;

export const migrationMethods = {
  'Migration.status': reads('Which contexts are behind the app', z.object({}), z.object({ appVersion: z.number(), contexts: z.array(z.object({ ...context, schemaVersion: z.number(), due: z.boolean() })) })),
  'Migration.rehearse': reads('Runs a migration on a copy and reports (MG3)', z.object({ ...context }), z.object({ ok: z.boolean(), fromSchema: z.number(), toSchema: z.number(), rows: z.number(), durationMs: z.number(), error: z.string().optional() })),
} as const;
