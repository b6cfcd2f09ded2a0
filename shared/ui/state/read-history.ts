import { AppError } from '../../base/app-error.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import type { ResultOf } from '../../protocol/debug/index.ts';
import type { Session } from './session.ts';

/** The changes of a row as far as the log reaches back: one that was compacted is asked again from its oldest version on. */
export async function readHistory(session: Session, contextId: string, entity: string, entityId: string): Promise<ResultOf<'Context.history'>> {
  const ask = (from: number): Promise<ResultOf<'Context.history'>> => session.call('Context.history', { contextId, entity, entityId, from, to: Number.MAX_SAFE_INTEGER });
  try {
    return await ask(0);
  } catch (thrown) {
    const horizon = thrown instanceof AppError && thrown.code === 'COMPACTED' ? horizonIn(thrown.details['data']) : null;
    if (horizon === null || horizon === 0) throw thrown;
    return await ask(horizon);
  }
}

const horizonIn = (data: Json | undefined): number | null => (data !== undefined && isJsonObject(data) && typeof data['horizon'] === 'number' ? data['horizon'] : null);
