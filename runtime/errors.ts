import { AppError } from '../shared/base/app-error.ts';

/** IS3: the handle's activation has ended; nothing can be done through it any more. */
export class ContextInactiveError extends AppError {
  override readonly name = 'ContextInactiveError';

  constructor(contextId: string) {
    super('CONTEXT_INACTIVE', `${contextId} is not active under this handle any more`, { hint: 'Activate the context again and use the new handle' });
  }
}

/** An engine's refusal as the app sees it. */
export function asAppError(contextId: string, error: AppError): AppError {
  return error.code === 'CONTEXT_INACTIVE' ? new ContextInactiveError(contextId) : error;
}
