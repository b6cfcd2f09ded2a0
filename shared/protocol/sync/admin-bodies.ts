import { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { contextIdSchema, nameSchema } from '../../core/ids.ts';
import { kindSchema, roleSchema, timeSchema } from './parts.ts';

// Bodies of the sync server's HTTP calls: the admin API and the back office. An unknown field is a mistake of the caller, and refused.

const json = z.custom<Json>(() => true);
export const acceptUntilSchema = timeSchema;
const schemaNumber = z.number().int().nonnegative().max(2_147_483_647);

export const createBody = z.strictObject({
  contextId: contextIdSchema,
  kind: kindSchema,
  title: z.string().max(200).optional(),
  schemaVersion: schemaNumber,
  readableFrom: schemaNumber.optional(),
});
export const updateBody = z.strictObject({ title: z.string().max(200).optional(), schemaVersion: schemaNumber.optional(), readableFrom: schemaNumber.optional() });
export const memberBody = z.strictObject({ role: roleSchema });
export const compactBody = z.strictObject({ keepMs: z.number().nonnegative().optional(), keepBytes: z.number().nonnegative().optional(), upTo: z.number().int().nonnegative().optional() });
export const importRow = z.strictObject({ entity: nameSchema, entityId: nameSchema, value: json, timestamp: timeSchema.optional(), schemaVersion: schemaNumber.optional() });
export const changesBody = z.strictObject({
  changes: z
    .array(
      z.strictObject({
        entity: nameSchema,
        entityId: nameSchema,
        op: z.enum(['put', 'delete']),
        value: json.optional(),
        mutationId: nameSchema.optional(),
        baseVersion: z.number().int().nonnegative().optional(),
        timestamp: timeSchema.optional(),
        schemaVersion: schemaNumber.optional(),
      }),
    )
    .min(1)
    .max(1_000),
});
