import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DEVICE_TABLES, LAYOUT_VERSION, SNAPSHOT_TABLES } from './layout.ts';

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

test('SY4: the layout of a partition is the one that its version names', () => {
  expect({ version: LAYOUT_VERSION, hash: hashOf([SNAPSHOT_TABLES, DEVICE_TABLES]) }).toEqual({ version: 1, hash: '7ecced7ee14fda05' });
});
