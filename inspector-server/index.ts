export { connectToHub, noHubAt, type HubClient } from './hub-client.ts';
export { startHub, type Hub } from './hub.ts';
export { readHubFile } from './hub-file.ts';
export { claimDataDir } from './files.ts';
export { DEFAULT_LIMITS, type HubOptions } from './options.ts';
export { openForeign } from './recordings/open-recording.ts';
