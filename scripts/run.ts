import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** A PATH with this repository's programs before the machine's, also when a script is started without npm. */
export const programs = [join(import.meta.dirname, '../node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);

/** Runs a program with this terminal and returns its exit code. */
export function run(program: string, args: readonly string[], env: { readonly [name: string]: string } = {}): number {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env, PATH: programs } });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}
