import { AppError, codeOf, messageOf } from '../shared/base/app-error.ts';

/** Loads a part that stands on optional packages; when one is missing, says which command brings it. */
export async function needs<T>(loading: Promise<T>, what: string, packages: readonly string[]): Promise<T> {
  return await loading.catch((thrown: unknown) => {
    if (codeOf(thrown) !== 'ERR_MODULE_NOT_FOUND') throw thrown;
    const missing = /package '([^']+)'/.exec(messageOf(thrown))?.[1];
    throw new AppError('USAGE', `${what} needs packages that are not installed${missing === undefined ? '' : ` (${missing})`}`, { hint: `npm install ${packages.join(' ')}`, cause: thrown });
  });
}
