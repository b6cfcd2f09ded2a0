import { parentPort } from 'node:worker_threads';
import { AppError } from '../../shared/base/app-error.ts';
import { RecordingFile } from './recording-file.ts';
import type { WriteAnswer, WriteRequest } from './write-task.ts';

// The thread that writes the hub's recordings: one task after the other, in the order in which they were asked.

const files = new Map<string, RecordingFile>();

function answer({ file, at, writtenAt, maxBytes, task }: WriteRequest): WriteAnswer {
  const recording = files.get(file) ?? new RecordingFile(file, { maxBytes, writtenAt });
  if (task.do === 'close') files.delete(file);
  else files.set(file, recording);
  try {
    return { written: recording.do(task, at) };
  } catch (thrown) {
    if (thrown instanceof AppError) return { error: { code: thrown.code, message: thrown.message } };
    throw thrown;
  }
}

parentPort?.on('message', ({ id, request }: { readonly id: number; readonly request: WriteRequest }) => parentPort?.postMessage({ id, answer: answer(request) }));
