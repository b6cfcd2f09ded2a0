import { randomUUID } from 'node:crypto';

/** DB2: names a call, so that a retry of it is no second one. */
export const commandId = (): string => `cli-${randomUUID()}`;
