export type { AppendFiles } from './append-files.ts';
export { DEFAULT_LIMITS, type ChainPart, type RecorderLimits } from './chain.ts';
export { exportRecording, recordedCore, sizeOf, type ContextEntry } from './export.ts';
export { FlightRecorder, type RecorderParts, type RecorderStatus } from './flight-recorder.ts';
