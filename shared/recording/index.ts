export { HEAD_BYTES, checkHead, checkRecording } from './check.ts';
export { copyRecording } from './copy.ts';
export { eraseContext, eraseUpTo, giveBack, usedBytes } from './erase.ts';
export { countOf, inTransaction, type SqliteHandle, type SqlValue } from './handle.ts';
export { RecordingReader, type RecordedGap } from './reader.ts';
export { FORMAT_VERSION, RECORDING_APPLICATION_ID, RECORDING_EXTENSION, RECORDING_SCHEMA, createRecording } from './schema.ts';
export { sqlJsHandle } from './sql-js.ts';
export { RecordingWriter, type DroppedRange, type EventBatch } from './writer.ts';
