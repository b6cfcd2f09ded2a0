import type { StrategyName } from './change.ts';

// What an app declares about its data, as plain data: the functions behind it stay in the runtime and come in as recorded results.

export interface EntitySchema {
  readonly strategy: StrategyName;
  /** For `text`: the fields that are merged by character. */
  readonly textFields: readonly string[];
  /** Fields whose values may leave the device as they are (RP2). */
  readonly enumFields: readonly string[];
  /** JSON paths that get an index, for example `name` or `address.city`. */
  readonly indexes: readonly string[];
  /** Top-level fields that become columns of the entity's view. */
  readonly fields: readonly string[];
  /** Field name -> entity of the ambient tier that it refers to. */
  readonly references: { readonly [field: string]: string };
}

export interface SchemaInfo {
  readonly version: number;
  /** MG4: the oldest app schema that may still read and write rows of this one. */
  readonly readableFrom: number;
  readonly entities: { readonly [entity: string]: EntitySchema };
  /** Versions from which a migration step to the next one exists, ascending. */
  readonly migrations: readonly number[];
}

const DEFAULT_ENTITY: EntitySchema = { strategy: 'lww', textFields: [], enumFields: [], indexes: [], fields: [], references: {} };

/** The declaration of an entity; one that the schema does not know is kept and merged as `lww`. */
export const entityOf = (schema: SchemaInfo, entity: string): EntitySchema =>
  Object.hasOwn(schema.entities, entity) ? (schema.entities[entity] as EntitySchema) : DEFAULT_ENTITY;
