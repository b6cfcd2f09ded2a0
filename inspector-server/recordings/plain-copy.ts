import { rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { copyRecording, createRecording } from '../../shared/recording/index.ts';
import type { Client } from '../clients/client.ts';

/** A recording as one plain file that anybody can open, made in turns so that nobody waits for it. Removes it after `work`. */
export async function withPlainCopy<T>(client: Client, file: string, work: (file: string, bytes: number) => Promise<T>): Promise<T> {
  const release = client.hold();
  const recording = client.recording();
  await client.agent?.catchUpSteps();
  await recording.flush();
  const copy = new DatabaseSync(file);
  try {
    copy.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;');
    createRecording(copy);
    for (const _ of copyRecording(recording.database, copy)) await turn();
    copy.close();
    return await work(file, statSync(file).size);
  } finally {
    if (copy.isOpen) copy.close();
    rmSync(file, { force: true });
    release();
  }
}
