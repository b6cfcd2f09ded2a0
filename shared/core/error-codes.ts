/** The error codes of the sync wire, version 1. */
export const WIRE_ERROR_CODES = [
  'BAD_FRAME',
  'BAD_VALUE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNKNOWN_CONTEXT',
  'NOT_ACTIVE',
  'STALE_ACTIVATION',
  'PROTOCOL_VERSION',
  'SCHEMA_AHEAD',
  'CLOCK_SKEW',
  'COMPACTED',
  'TOO_LARGE',
  'RATE_LIMITED',
  'INTERNAL',
] as const;
export type WireErrorCode = (typeof WIRE_ERROR_CODES)[number];
