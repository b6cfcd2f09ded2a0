import { EXIT } from './exit.ts';
import { remark } from './output.ts';

/** Runs something that Ctrl-C cancels: the first one aborts the signal and lets it end in good order, the second ends the process. */
export async function cancelling<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(EXIT.cancelled);
    remark('Cancelling. Ctrl-C again ends the command at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  try {
    return await work(abort.signal);
  } finally {
    process.removeListener('SIGINT', stop);
  }
}
