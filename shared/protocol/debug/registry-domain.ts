import { z } from 'zod';
import { changes, commandIdSchema, contextStatusSchema, idSchema, reads, registryRowSchema, timeSchema, toldUnder } from './parts.ts';

const entry = z.object({ row: registryRowSchema, status: contextStatusSchema });
export type RegistryEntry = z.output<typeof entry>;

export const CHECKS = ['agrees', 'file-missing', 'unknown-file', 'unreadable', 'role-differs', 'unlisted', 'revoked', 'not-compared', 'server-unreachable', 'version-differs'] as const;

const check = z.object({
  contextId: idSchema.optional(),
  file: z.string().optional(),
  check: z.enum(CHECKS),
  message: z.string(),
  row: registryRowSchema.optional(),
  disk: z.object({ file: z.string(), bytes: z.number(), localVersion: z.number().optional(), logId: z.string().nullable().optional(), schemaVersion: z.number().optional(), pendingWrites: z.number().optional() }).optional(),
  server: z.object({ headVersion: z.number(), role: z.string(), logId: z.string(), schemaVersion: z.number() }).optional(),
});

export const policySchema = z.object({
  maxActive: z.number().int(),
  graceMs: z.number(),
  drain: z.boolean(),
  digestPolicy: z.enum(['report', 'replay']),
  pruneAfterDays: z.number().nullable(),
  quotaBytes: z.number().nullable(),
});

export const registryMethods = {
  'Registry.list': reads('Every known context: its row and what runs of it', z.object({}), z.object({ entries: z.array(entry), at: timeSchema })),
  'Registry.get': reads('One context', z.object({ contextId: idSchema }), entry),
  'Registry.check': reads(
    'Row, file and server side by side',
    z.object({ disk: z.boolean(), server: z.boolean(), contextId: idSchema.optional(), ...toldUnder }),
    z.object({ findings: z.array(check), at: timeSchema }),
  ),
  'Registry.files': reads('Every file of the store', z.object({}), z.object({ files: z.array(z.object({ file: z.string(), bytes: z.number(), contextId: idSchema.optional(), kind: z.enum(['registry', 'partition', 'quarantine', 'staged', 'aside', 'unknown']) })) })),
  'Registry.policy': reads('The policies the client runs under', z.object({}), policySchema),
  'Registry.removeFile': changes('Removes a file that no row points to', z.object({ commandId: commandIdSchema, file: z.string().max(300), dryRun: z.boolean().optional() }), z.object({ bytes: z.number(), removed: z.boolean() })),
} as const;

export const registryEvents = { 'Registry.changed': z.object({ entries: z.array(entry), removed: z.array(idSchema) }) } as const;
