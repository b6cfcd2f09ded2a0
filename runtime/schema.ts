import { AppError } from '../shared/base/app-error.ts';
import type { Json } from '../shared/base/json.ts';
import type { EntitySchema, SchemaInfo } from '../shared/core/app-schema.ts';
import type { StrategyName } from '../shared/core/change.ts';
import type { CustomResolve } from '../shared/core/strategies/resolution.ts';
import type { SchemaFunctions } from '../shared/engine/functions.ts';

/** Names a type for the values of an entity; it holds nothing. */
export interface TypeOf<T> {
  readonly type?: T;
}

export const typeOf = <T>(): TypeOf<T> => ({});

export interface EntityOptions<T> {
  /** What its values are: `typeOf<Patient>()`. */
  readonly value?: TypeOf<T>;
  /** How a conflict is settled; default `lww` (CF2). */
  readonly strategy?: StrategyName;
  /** With `text`: the fields that are merged by character. */
  readonly textFields?: readonly string[];
  /** With `custom`: the app's own merge. Pure: it is called again when a report is run again. */
  readonly resolve?: CustomResolve;
  /** Top-level fields that become columns of the entity's view. */
  readonly fields?: readonly string[];
  /** Paths that get an index. */
  readonly indexes?: readonly string[];
  /** Fields whose values may leave the device as they are (RP2). */
  readonly enumFields?: readonly string[];
  /** Field -> entity of the ambient tier that it refers to (AM2). */
  readonly references?: { readonly [field: string]: string };
}

/** MG2: brings values from schema `from` to `from + 1`. */
export interface MigrationStep {
  readonly from: number;
  /** Called per value; what it returns is the value in the next schema. Pure. */
  readonly transform: (entity: string, value: Json) => Json;
}

export interface SchemaOptions<E extends { readonly [entity: string]: EntityOptions<unknown> }> {
  readonly version: number;
  /** MG4: the oldest app schema that may still read and write rows of this one; default: this one. */
  readonly readableFrom?: number;
  readonly entities: E;
  readonly migrations?: readonly MigrationStep[];
  /** LC1: queries that are run once at each activation, so that the app's first ones find the pages read. */
  readonly warm?: readonly string[];
}

/** A schema that the client understands; its type parameter carries the values' types to the handle. */
export interface Schema<E = { [entity: string]: Json }> {
  readonly functions: SchemaFunctions;
  readonly warm: readonly string[];
  readonly types?: E;
}

type ValueOf<O> = O extends { readonly value?: TypeOf<infer T> } ? (unknown extends T ? Json : T) : Json;

/**
 * Declares an app's schema. Throws `BAD_SCHEMA` for a migration that is missing or given twice, an unknown strategy's need, or a version that is
 * no whole number from 1 on.
 */
export function defineSchema<const E extends { readonly [entity: string]: EntityOptions<unknown> }>(options: SchemaOptions<E>): Schema<{ [K in keyof E]: ValueOf<E[K]> }> {
  const bad = (what: string): AppError => new AppError('BAD_SCHEMA', what);
  if (!Number.isSafeInteger(options.version) || options.version < 1) throw bad('A schema’s version is a whole number from 1 on');
  const steps = new Map<number, MigrationStep>();
  for (const step of options.migrations ?? []) {
    if (steps.has(step.from)) throw bad(`There are two migrations from schema ${step.from}`);
    steps.set(step.from, step);
  }
  const entities: Record<string, EntitySchema> = {};
  const customs = new Map<string, CustomResolve>();
  for (const [name, entity] of Object.entries<EntityOptions<unknown>>(options.entities)) {
    const strategy = entity.strategy ?? 'lww';
    if (strategy === 'custom' && entity.resolve === undefined) throw bad(`${name} has the strategy custom and no resolve function`);
    if (strategy === 'text' && (entity.textFields ?? []).length === 0) throw bad(`${name} has the strategy text and names no text field`);
    if (entity.resolve !== undefined) customs.set(name, entity.resolve);
    entities[name] = {
      strategy,
      textFields: entity.textFields ?? [],
      enumFields: entity.enumFields ?? [],
      indexes: entity.indexes ?? [],
      fields: entity.fields ?? [],
      references: entity.references ?? {},
    };
  }
  const info: SchemaInfo = { version: options.version, readableFrom: options.readableFrom ?? options.version, entities, migrations: [...steps.keys()].sort((a, b) => a - b) };
  const functions: SchemaFunctions = {
    info,
    custom: (entity, base, mine, theirs) => {
      const resolve = customs.get(entity);
      return resolve === undefined ? mine : resolve(base, mine, theirs);
    },
    upgrade: (entity, value, fromVersion) => {
      let upgraded = value;
      // A version without a step is one in which nothing about the values changed.
      for (let version = fromVersion; version < options.version; version++) upgraded = steps.get(version)?.transform(entity, upgraded) ?? upgraded;
      return upgraded;
    },
  };
  return { functions, warm: options.warm ?? [] };
}
