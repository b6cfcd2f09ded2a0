// What an app embeds. A platform comes from `contextscope/node` or `contextscope/browser`, the agent from `contextscope/agent`.

export { ContextClient, createContextClient, type ActivateOptions } from './context-client.ts';
export { ContextHandle, type QueryOptions, type ResultRow, type SqlParam } from './context-handle.ts';
export { ContextInactiveError } from './errors.ts';
export { defineSchema, typeOf, type EntityOptions, type MigrationStep, type Schema, type SchemaOptions, type TypeOf } from './schema.ts';
export type { AmbientTier, Resolved } from './ambient/ambient-tier.ts';
export type { ContextClientOptions } from './options.ts';
export type { ControlPort, ReportOptions } from './control.ts';
export type { Explanation } from './explain.ts';
export type { NetworkConditions } from './network/conditions.ts';
export type { RecorderLimits } from './recorder/index.ts';
export type { ConflictInfo, OutboxInfo } from './partition-reads.ts';
export type { Platform } from './platform.ts';
