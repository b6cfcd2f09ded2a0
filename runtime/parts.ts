import type { Json } from '../shared/base/json.ts';
import type { ClientInput } from '../shared/core/client/messages.ts';
import type { Engine } from '../shared/engine/engine.ts';
import type { ControlPort } from './control.ts';
import type { SqliteStorage } from './storage/sqlite-storage.ts';

/** What the pieces of a client share. */
export interface ClientParts {
  readonly engine: Engine;
  readonly storage: SqliteStorage;
  readonly control: ControlPort;
  call(make: (callId: string) => ClientInput): Promise<Json>;
}
