import type { Json } from '../base/json.ts';
import type { SchemaInfo } from '../core/app-schema.ts';

/** The app's own functions behind its schema: pure, and recorded with the step that called them (RP3). */
export interface SchemaFunctions {
  readonly info: SchemaInfo;
  custom(entity: string, base: Json | null, mine: Json | null, theirs: Json | null): Json | null;
  upgrade(entity: string, value: Json, fromVersion: number): Json;
}
