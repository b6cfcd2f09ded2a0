import { z } from 'zod';
import type { Brand } from '../base/brand.ts';

// Every id and version of the system. Only the schemas here make them: a string that came from outside is none until it was parsed.

export type ContextId = Brand<string, 'ContextId'>;
export type ServerId = Brand<string, 'ServerId'>;
export type LogId = Brand<string, 'LogId'>;
export type UserId = Brand<string, 'UserId'>;
export type DeviceId = Brand<string, 'DeviceId'>;
export type ActivationId = Brand<string, 'ActivationId'>;
export type MutationId = Brand<string, 'MutationId'>;
/** A contextVersion: 0 is "before the first change"; gapless per context and log. */
export type Version = Brand<number, 'Version'>;

/** The longest id in UTF-16 code units. */
export const MAX_ID_LENGTH = 200;

function idSchema<B>() {
  return z
    .string()
    .min(1)
    .max(MAX_ID_LENGTH)
    .refine((text) => text.isWellFormed(), 'has a lone surrogate')
    .transform((text) => text as unknown as B);
}

export const contextIdSchema = idSchema<ContextId>();
export const serverIdSchema = idSchema<ServerId>();
export const logIdSchema = idSchema<LogId>();
export const userIdSchema = idSchema<UserId>();
export const deviceIdSchema = idSchema<DeviceId>();
export const activationIdSchema = idSchema<ActivationId>();
export const mutationIdSchema = idSchema<MutationId>();
/** Entity names and entity ids: plain strings with the limits of an id. */
export const nameSchema = idSchema<string>();
export const versionSchema = z
  .number()
  .int()
  .nonnegative()
  .max(Number.MAX_SAFE_INTEGER)
  .transform((n) => n as unknown as Version);

/** Parses one id or version; throws the schema's error, which names what is wrong. */
export const contextId = (text: string): ContextId => contextIdSchema.parse(text);
export const serverId = (text: string): ServerId => serverIdSchema.parse(text);
export const logId = (text: string): LogId => logIdSchema.parse(text);
export const userId = (text: string): UserId => userIdSchema.parse(text);
export const deviceId = (text: string): DeviceId => deviceIdSchema.parse(text);
export const activationId = (text: string): ActivationId => activationIdSchema.parse(text);
export const mutationId = (text: string): MutationId => mutationIdSchema.parse(text);
export const version = (n: number): Version => versionSchema.parse(n);

export const VERSION_0 = 0 as unknown as Version;

/** The version `by` changes later. Versions are compared and counted in core only. */
export const versionAfter = (at: Version, by: number): Version => ((at as number) + by) as unknown as Version;
