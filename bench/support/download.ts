import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

/** The floor of everything that brings a partition: the same file over loopback HTTP from the same process, synced to disk, opened, asked. */
export async function download(plainUrl: string, contextId: string, path: string): Promise<void> {
  const response = await fetch(`${plainUrl}/?context=${contextId}`);
  const file = await open(path, 'w');
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) await file.write(chunk);
  await file.sync();
  await file.close();
  const db = new DatabaseSync(path);
  db.prepare('SELECT value FROM rows LIMIT 1').get();
  db.close();
}
