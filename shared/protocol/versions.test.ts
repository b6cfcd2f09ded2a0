import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { DEBUG_PROTOCOL, protocolJsonSchema } from './debug/index.ts';
import { clientFrameSchema } from './sync/client-frames.ts';
import { SYNC_PROTOCOL } from './sync/index.ts';
import { serverFrameSchema } from './sync/server-frames.ts';

// A change of what is on the wire or in a file has to be meant: it comes with a new version, or, where it only adds what an older side may
// leave out, with a new hash here and a word in the commit.

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** Parts that are checked by hand say nothing to a schema; their fields are listed. */
const jsonOf = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
const CHANGE = ['contextId', 'contextVersion', 'entity', 'entityId', 'op', 'value?', 'timestamp', 'stamps?', 'deviceId', 'mutationId', 'schemaVersion', 'resolves?'];
const MUTATION = ['mutationId', 'entity', 'entityId', 'op', 'value?', 'baseVersion', 'timestamp', 'stamps?', 'schemaVersion', 'resolves?'];

test('the sync wire is the one that its version names', () => {
  const wire = [jsonOf(clientFrameSchema), jsonOf(serverFrameSchema), CHANGE, MUTATION];
  expect({ version: SYNC_PROTOCOL, hash: hashOf(wire) }).toEqual({ version: 1, hash: '9b6598a0cdda7295' });
});

test('DB3: the debug protocol is the one that its version names', () => {
  expect({ version: DEBUG_PROTOCOL, hash: hashOf(protocolJsonSchema()) }).toEqual({ version: 1, hash: 'fd5f18c0be3d78a8' });
});
