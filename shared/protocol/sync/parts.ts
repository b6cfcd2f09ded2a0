import { z } from 'zod';
import { STRATEGIES, type Change, type Mutation, type Stamps } from '../../core/change.ts';

// The parts that frames share. A DELTA holds a thousand changes, so a change is checked by hand: the same checks as a schema's, several
// times as fast, and without the code generation that a content security policy forbids.

const MAX_TIMESTAMP = 8_640_000_000_000_000;

const wellFormedId = (x: unknown): x is string => typeof x === 'string' && x.length > 0 && x.length <= 200 && x.isWellFormed();
const isVersion = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0;
const isTime = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x) && Math.abs(x) <= MAX_TIMESTAMP;
const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

function isStamps(x: unknown): x is Stamps {
  if (!isObject(x)) return false;
  for (const field of Object.keys(x)) {
    const stamp = x[field];
    if (!Array.isArray(stamp) || stamp.length !== 2 || !isTime(stamp[0]) || !wellFormedId(stamp[1])) return false;
  }
  return true;
}

function isResolves(x: unknown): boolean {
  return isObject(x) && wellFormedId(x['mutationId']) && isVersion(x['theirsVersion']) && STRATEGIES.includes(x['strategy'] as never);
}

function fitsWrite(x: Record<string, unknown>): boolean {
  return (
    wellFormedId(x['mutationId']) &&
    wellFormedId(x['entity']) &&
    wellFormedId(x['entityId']) &&
    (x['op'] === 'put' ? 'value' in x : x['op'] === 'delete' && !('value' in x)) &&
    isTime(x['timestamp']) &&
    isVersion(x['schemaVersion']) &&
    (x['stamps'] === undefined || isStamps(x['stamps'])) &&
    (x['resolves'] === undefined || isResolves(x['resolves']))
  );
}

export const isChange = (x: unknown): x is Change =>
  isObject(x) && isVersion(x['contextVersion']) && wellFormedId(x['contextId']) && wellFormedId(x['deviceId']) && fitsWrite(x);

/** The value's own faults (size, lone surrogates) are outcomes of the one mutation, not of the frame. */
export const isMutation = (x: unknown): x is Mutation => isObject(x) && isVersion(x['baseVersion']) && fitsWrite(x);

export const changeSchema = z.custom<Change>(isChange, 'is not a change');
export const mutationSchema = z.custom<Mutation>(isMutation, 'is not a mutation');

export const digestSchema = z.string().regex(/^[0-9a-f]{16}$/);
export const roleSchema = z.enum(['reader', 'writer', 'admin']);
export const kindSchema = z.enum(['tenant', 'ambient']);
export const timeSchema = z.number().min(-MAX_TIMESTAMP).max(MAX_TIMESTAMP);
