import { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { clientEvents, clientMethods } from './client-domain.ts';
import { contextEvents, contextMethods } from './context-domain.ts';
import { isPlainBatch } from './fast-events.ts';
import { conflictMethods, dataMethods, migrationMethods } from './data-domain.ts';
import type { Method } from './parts.ts';
import { registryEvents, registryMethods } from './registry-domain.ts';
import { hubEvents, hubMethods, networkMethods, recorderMethods, telemetryMethods } from './tools-domain.ts';

// The debug protocol, version 1: agent <-> hub <-> inspector. CDP's conventions: {id, method, params} -> {id, result} or {id, error}, and
// events {method, params}. A hub listens on /agent (clients dial it), /hub (inspectors without a client) and /client/<clientId>.

export const DEBUG_PROTOCOL = 1;
/** The largest message in bytes that either side takes; larger results are chunked (DB6). */
export const MAX_DEBUG_BYTES = 4_194_304;
/** DB4: what an agent may hold back of events at most, in bytes. */
export const EVENT_BUDGET_BYTES = 8_388_608;

export const METHODS = {
  ...clientMethods,
  ...registryMethods,
  ...contextMethods,
  ...dataMethods,
  ...conflictMethods,
  ...migrationMethods,
  ...networkMethods,
  ...recorderMethods,
  ...telemetryMethods,
  ...hubMethods,
} as const;
export type MethodName = keyof typeof METHODS;
export type ParamsOf<M extends MethodName> = z.output<(typeof METHODS)[M]['params']>;
export type ResultOf<M extends MethodName> = z.output<(typeof METHODS)[M]['result']>;

export const EVENTS = { ...clientEvents, ...registryEvents, ...contextEvents, ...hubEvents } as const;
export type EventName = keyof typeof EVENTS;
export type EventParams<E extends EventName> = z.output<(typeof EVENTS)[E]>;

export const isMethod = (name: string): name is MethodName => Object.hasOwn(METHODS, name);
export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
export const methodOf = (name: MethodName): Method => METHODS[name];

/** Error codes beside those of the client itself (NOT_AVAILABLE_OFFLINE, UNKNOWN_CONTEXT, ...), which pass through as they are. */
export const DEBUG_ERROR_CODES = ['BAD_MESSAGE', 'UNKNOWN_METHOD', 'BAD_PARAMS', 'UNSUPPORTED', 'PROTOCOL_VERSION', 'UNAUTHENTICATED', 'READ_ONLY', 'NOT_PERMITTED', 'CLIENT_GONE', 'UNKNOWN_CLIENT', 'TIMEOUT', 'CANCELLED', 'TOO_LARGE', 'INTERNAL'] as const;

export type DebugError = { readonly code: string; readonly message: string; readonly data?: Json };
export type DebugMessage =
  /** `by`: who asks, as the hub knows them; a hub sets it on what it passes on, and takes it from nobody. */
  | { readonly kind: 'request'; readonly id: number; readonly method: string; readonly params: unknown; readonly by?: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number | null; readonly error: DebugError }
  | { readonly kind: 'event'; readonly method: string; readonly params: unknown };

const requestSchema = z.object({ id: z.number().int(), method: z.string().max(100), params: z.unknown().optional(), by: z.string().max(300).optional() });
const resultSchema = z.object({ id: z.number().int(), result: z.unknown() });
const errorSchema = z.object({ id: z.number().int().nullable(), error: z.object({ code: z.string().max(100), message: z.string().max(10_000), data: z.json().optional() }) });
const eventMessageSchema = z.object({ method: z.string().max(100), params: z.unknown() });

/** Parses the envelope of a message that came as text; what params hold is parsed by `parseParams` against its method. */
export function parseMessage(text: string): Result<DebugMessage, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err('The message is not JSON');
  }
  if (typeof json !== 'object' || json === null) return err('The message is no object');
  if ('error' in json) {
    const parsed = errorSchema.safeParse(json);
    if (!parsed.success) return err('The error does not fit');
    const { data, ...rest } = parsed.data.error;
    return ok({ kind: 'error', id: parsed.data.id, error: data === undefined ? rest : { ...rest, data } });
  }
  if ('result' in json) {
    const parsed = resultSchema.safeParse(json);
    return parsed.success ? ok({ kind: 'result', id: parsed.data.id, result: parsed.data.result }) : err('The result does not fit');
  }
  if ('id' in json) {
    const parsed = requestSchema.safeParse(json);
    if (!parsed.success) return err('The request does not fit');
    const { id, method, params = {}, by } = parsed.data;
    return ok({ kind: 'request', id, method, params, ...(by === undefined ? {} : { by }) });
  }
  const parsed = eventMessageSchema.safeParse(json);
  return parsed.success ? ok({ kind: 'event', method: parsed.data.method, params: parsed.data.params }) : err('The message is neither request, answer nor event');
}

/** Parses the params of a method; the error names the field that does not fit, without its value. */
export function parseParams<M extends MethodName>(method: M, params: unknown): Result<ParamsOf<M>, string> {
  return parse(METHODS[method].params as unknown as z.ZodType<ParamsOf<M>>, params);
}

export function parseResult<M extends MethodName>(method: M, result: unknown): Result<ResultOf<M>, string> {
  return parse(METHODS[method].result as unknown as z.ZodType<ResultOf<M>>, result);
}

export function parseEvent<E extends EventName>(event: E, params: unknown): Result<EventParams<E>, string> {
  if (event === 'Client.events' && isPlainBatch(params)) return ok(params as EventParams<E>);
  return parse(EVENTS[event] as unknown as z.ZodType<EventParams<E>>, params);
}

function parse<T>(schema: z.ZodType<T>, input: unknown): Result<T, string> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err(`${issue?.path.join('.') || 'It'}: ${issue?.message ?? 'does not fit'}`);
}

/** The whole protocol as one JSON Schema (`contextscope protocol`), for agents in other languages. */
export function protocolJsonSchema(): Json {
  const methods = Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => [
      name,
      { description: method.about, changesTheClient: method.changes, params: z.toJSONSchema(method.params, { io: 'input' }), result: z.toJSONSchema(method.result, { io: 'input' }) },
    ]),
  );
  const events = Object.fromEntries(Object.entries(EVENTS).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input' })]));
  return { protocol: DEBUG_PROTOCOL, methods, events } as unknown as Json;
}

export type { ClientInfo, ContextStatus, DebugEvent, RegistryRowInfo } from './parts.ts';
export type { RegistryEntry } from './registry-domain.ts';
export type { Explanation, PruneItem } from './context-domain.ts';
export { ROWS_ONLY } from './data-domain.ts';
export type { ConflictDetail, ConflictRow, QueryResult } from './data-domain.ts';
export type { NetworkConditions, TargetInfo } from './tools-domain.ts';
