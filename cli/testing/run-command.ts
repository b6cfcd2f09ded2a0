import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const BIN = join(import.meta.dirname, '../bin.mjs');

/** Starts the command as a user does. */
export function startCommand(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const { CONTEXTSCOPE_TOKEN: _token, DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
  return spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...rest, ...env } });
}

/** Runs it to its end. */
export function runCommand(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = startCommand(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}
