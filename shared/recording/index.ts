export { HEAD_BYTES, MAX_RECORDING_BYTES, checkHead, checkRecording, readSafely } from './check.ts';
export { copyRecording, type CopyOptions } from './copy.ts';
export { eraseContext, eraseUpTo, giveBack, usedBytes } from './erase.ts';
export { countOf, inTransaction, type SqliteHandle, type SqliteStatement, type SqlRow, type SqlValue } from './handle.ts';
export { RecordingReader, type EventFilter, type RecordedEvent, type RecordedGap } from './reader.ts';
export { FORMAT_VERSION, RECORDING_APPLICATION_ID, RECORDING_EXTENSION, RECORDING_SCHEMA, createRecording } from './schema.ts';
export { sqlJsHandle, type SqlJsDatabase } from './sql-js.ts';
export { RecordingWriter, type DroppedRange, type EventBatch } from './writer.ts';
