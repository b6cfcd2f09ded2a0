import type { Json } from './json.ts';

/**
 * An expected failure with a code that programs can switch on, a message for a person and typed details.
 * `hint` says the way out where there is one.
 */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: string;
  readonly details: { readonly [key: string]: Json };
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { details?: { readonly [key: string]: Json }; hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of an `AppError` (or of any error that carries one), else `INTERNAL`. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof AppError) return thrown.code;
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return 'INTERNAL';
}
