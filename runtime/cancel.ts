import { AppError } from '../shared/base/app-error.ts';

export const cancelled = (): AppError => new AppError('CANCELLED', 'It was cancelled');

/** Between two pieces of long work (DB6). Throws `CANCELLED`. */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled();
}

/** What cannot be ended is no longer waited for. */
export function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
