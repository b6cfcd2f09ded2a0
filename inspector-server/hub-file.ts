import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import { writeWhole } from './files.ts';

/** What a hub leaves for the command line of the same person on the same machine, readable by nobody else. */
export interface HubFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Names this run of the hub. */
  readonly hub: string;
}

const NAME = 'hub.json';

export function writeHubFile(dataDir: string, content: HubFile): void {
  writeWhole(join(dataDir, NAME), `${JSON.stringify(content)}\n`);
}

/** The hub of this data folder, as far as is known; null when none was started there, or it was stopped. */
export function readHubFile(dataDir: string): HubFile | null {
  const file = join(dataDir, NAME);
  if (!existsSync(file)) return null;
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as HubFile;
    return typeof content.url === 'string' && typeof content.token === 'string' ? content : null;
  } catch {
    return null;
  }
}

export function removeHubFile(dataDir: string, hub: string): void {
  if (readHubFile(dataDir)?.hub === hub) rmSync(join(dataDir, NAME), { force: true });
}

/** Throws when another hub works in this data folder: two of them would write the same recordings. */
export async function checkNoOtherHub(dataDir: string): Promise<void> {
  const other = readHubFile(dataDir);
  if (other === null || other.pid === process.pid || !isAlive(other.pid)) return;
  const answer = await fetch(`${other.url}/json/version`, { signal: AbortSignal.timeout(2_000) })
    .then(async (response) => (await response.json()) as { hub?: string })
    .catch(() => null);
  if (answer?.hub === other.hub) throw new AppError('HUB_RUNNING', `A hub runs on this data folder already, at ${other.url}`, { hint: 'Stop it, or name another folder with --data-dir.' });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
