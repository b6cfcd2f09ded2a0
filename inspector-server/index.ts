export { connectToHub, type HubClient, type HubClientOptions } from './hub-client.ts';
export { startHub, type Hub } from './hub.ts';
export { checkNoOtherHub, readHubFile, type HubFile } from './hub-file.ts';
export { claimDataDir } from './files.ts';
export { DEFAULT_HOST, DEFAULT_LIMITS, DEFAULT_PORT, type HubLimits, type HubOptions } from './options.ts';
export { openForeign } from './recordings/open-recording.ts';
