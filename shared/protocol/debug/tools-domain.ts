import { z } from 'zod';
import { changes, clientInfoSchema, commandIdSchema, idSchema, jsonSchema, reads, timeSchema } from './parts.ts';

export const conditionsSchema = z.object({
  offline: z.boolean(),
  latencyMs: z.number().min(0).max(60_000),
  jitterMs: z.number().min(0).max(60_000),
  dropRate: z.number().min(0).max(1),
  duplicateRate: z.number().min(0).max(1),
  reorderRate: z.number().min(0).max(1),
  bandwidthKbps: z.number().min(0).max(10_000_000).describe('0: unlimited'),
  contexts: z.array(idSchema).optional().describe('Only frames of these; left out: all'),
});
export type NetworkConditions = z.output<typeof conditionsSchema>;

export const networkMethods = {
  'Network.emulate': changes('Emulates a network; null ends it', z.object({ commandId: commandIdSchema, conditions: conditionsSchema.nullable() }), z.object({ conditions: conditionsSchema.nullable() })),
  'Network.conditions': reads('What is emulated now, and how the sockets stand', z.object({}), z.object({ conditions: conditionsSchema.nullable(), endpoints: z.array(z.object({ endpoint: z.string(), state: z.string(), since: timeSchema, rttMs: z.number().nullable(), retryAt: timeSchema.nullable(), bytesIn: z.number(), bytesOut: z.number(), reconnects: z.number(), refused: z.object({ code: z.string(), message: z.string() }).nullable().optional().describe('Why the server took no HELLO, or the connection back') })) })),
} as const;

export const recorderMethods = {
  'Recorder.status': reads('How the flight recorder stands', z.object({}), z.object({ on: z.boolean(), segments: z.number(), bytes: z.number(), oldestAt: timeSchema.nullable(), limitBytes: z.number() })),
  'Recorder.start': changes('Starts recording', z.object({ commandId: commandIdSchema }), z.object({})),
  'Recorder.stop': changes('Ends recording; what was recorded stays', z.object({ commandId: commandIdSchema }), z.object({})),
  'Recorder.preview': reads('What an export would hold', z.object({ redaction: jsonSchema.optional() }), z.object({ events: z.number(), steps: z.number(), bytes: z.number(), redactions: z.array(z.object({ path: z.string(), rule: z.string(), count: z.number() })) })),
  'Recorder.lines': reads(
    'Steps and checkpoints as the flight recorder wrote them, one JSON text a line, behind a place in its files; events are left out, because they come as events',
    z.object({ segment: z.string().max(200).nullable().describe('Null: from the oldest on'), offset: z.number().int().nonnegative() }),
    z.object({
      head: z.string().describe('The head line of the segment that the lines are of; empty: there is nothing yet'),
      lines: z.string(),
      segment: z.string().nullable(),
      offset: z.number().int().nonnegative(),
      more: z.boolean(),
      core: z.object({ version: z.string(), behaviour: z.string() }),
    }),
  ),
  'Recorder.export': reads('A recording in base64 chunks', z.object({ redaction: jsonSchema.optional(), offset: z.number().int().nonnegative() }), z.object({ chunk: z.string(), nextOffset: z.number().nullable(), bytes: z.number() })),
} as const;

export const telemetryMethods = {
  'Telemetry.get': reads('Counters since the client started', z.object({}), z.object({ at: timeSchema, startedAt: timeSchema, contexts: z.array(z.record(z.string(), jsonSchema)), client: z.record(z.string(), jsonSchema) })),
} as const;

const target = z.object({ client: clientInfoSchema, connected: z.boolean(), lastSeenAt: timeSchema, remote: z.string(), recordingBytes: z.number(), recordingFile: z.string().optional() });
export type TargetInfo = z.output<typeof target>;

/** Answered by the hub itself. */
export const hubMethods = {
  'Hub.hello': reads(
    'First frame of every socket: who is there, by which protocol, with which right. A hub answers nothing before it',
    z.object({
      protocol: z.number().int(),
      role: z.enum(['agent', 'inspector']),
      token: z.string().max(4_096).optional(),
      name: z.string().max(200).optional(),
      client: clientInfoSchema.optional(),
      /** An agent names the last event the hub can count on it to send again from. */
      firstSeq: z.number().int().nonnegative().optional(),
    }),
    z.object({
      protocol: z.number().int(),
      hub: z.string(),
      sessionId: idSchema,
      mode: z.enum(['observe', 'control']),
      contexts: z.array(idSchema).nullable(),
      /** To an agent: the seq up to which this run is on the hub's disk, and the first credit in bytes. */
      haveSeq: z.number().int().optional(),
      credit: z.number().int().optional(),
      client: clientInfoSchema.optional(),
      connected: z.boolean().optional(),
    }),
  ),
  'Hub.targets': reads('Clients that are or were here', z.object({}), z.object({ targets: z.array(target) })),
  'Hub.recordings': reads('Recordings on disk', z.object({}), z.object({ recordings: z.array(z.object({ file: z.string(), clientId: idSchema, bytes: z.number(), events: z.number(), firstAt: timeSchema.nullable(), lastAt: timeSchema.nullable() })) })),
  'Hub.reports': reads('Reports that came in', z.object({}), z.object({ reports: z.array(z.object({ file: z.string(), bytes: z.number(), receivedAt: timeSchema })) })),
  'Hub.openReport': reads(
    'What a report holds, after the checks that every recording from elsewhere has to pass (RP6); its bytes come from GET /reports/FILE',
    z.object({ file: z.string().max(300) }),
    z.object({
      file: z.string(),
      bytes: z.number(),
      meta: z.record(z.string(), z.string()),
      clients: z.array(clientInfoSchema),
      contexts: z.array(idSchema),
      events: z.number().int(),
      steps: z.number().int(),
      gaps: z.number().int(),
      firstAt: timeSchema.nullable(),
      lastAt: timeSchema.nullable(),
    }),
  ),
  'Hub.audit': reads('What control sessions did, newest first', z.object({ limit: z.number().int().min(1).max(10_000).optional() }), z.object({ entries: z.array(z.object({ at: timeSchema, sessionId: z.string(), by: z.string(), clientId: z.string(), method: z.string(), commandId: z.string().nullable(), params: jsonSchema, outcome: z.string() })) })),
  'Hub.sessions': reads('Who is attached', z.object({}), z.object({ sessions: z.array(z.object({ sessionId: z.string(), name: z.string(), mode: z.string(), clientId: z.string().nullable(), since: timeSchema, remote: z.string() })) })),
  'Hub.pairing': changes('Makes a new pairing code, shown in the hub’s terminal', z.object({ contexts: z.array(idSchema).optional(), mode: z.enum(['observe', 'control']).optional() }), z.object({ expiresAt: timeSchema })),
} as const;

export const hubEvents = {
  'Hub.changed': z.object({ targets: z.array(target) }),
  /** To an agent: more bytes of events may come. */
  'Hub.credit': z.object({ bytes: z.number().int().positive() }),
  /** To an inspector: the client it is attached to went or came back. */
  'Hub.client': z.object({ connected: z.boolean(), client: clientInfoSchema.optional() }),
} as const;
