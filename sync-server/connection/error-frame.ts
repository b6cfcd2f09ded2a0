import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';
import { WIRE_ERROR_CODES, type WireErrorCode } from '../../shared/core/error-codes.ts';
import type { ActivationId, ContextId, Version } from '../../shared/core/ids.ts';
import type { FrameOf, ServerFrame } from '../../shared/protocol/sync/index.ts';

export interface ErrorFrame {
  readonly code: WireErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly contextId?: ContextId | undefined;
  readonly activationId?: ActivationId | undefined;
  readonly requestId?: string | undefined;
  readonly horizon?: Version | undefined;
}

export const errorFrame = (error: ErrorFrame): FrameOf<ServerFrame, 'ERROR'> => ({ type: 'ERROR', ...error });

/** What anything that was thrown means to a client. An error that is not on the wire's list says nothing of what went wrong inside. */
export function toError(thrown: unknown): { code: WireErrorCode; message: string; retryable: boolean; isOurs: boolean } {
  const code = codeOf(thrown);
  if (thrown instanceof AppError && code !== 'INTERNAL' && WIRE_ERROR_CODES.includes(code as WireErrorCode)) {
    return { code: code as WireErrorCode, message: messageOf(thrown), retryable: thrown.details['retryable'] === true, isOurs: false };
  }
  const isExpected = thrown instanceof AppError && thrown.details['retryable'] === true;
  return { code: 'INTERNAL', message: isExpected ? messageOf(thrown) : 'The server could not do this; try again', retryable: true, isOurs: !isExpected };
}
