import type { ContextClientOptions } from '../../runtime/options.ts';
import { createContextClient, type ContextClient } from '../../runtime/index.ts';
import { nodePlatform } from '../../runtime/platform/node/index.ts';
import type { Platform } from '../../runtime/platform.ts';
import { schemaOf } from './data.ts';

export interface ClientOptions {
  readonly dir: string;
  readonly endpoint: string;
  readonly token: string;
  readonly dial?: Platform['dial'];
  readonly deviceId?: string;
  readonly version?: number;
  /** Declared indexes of a patient; default: by name. */
  readonly indexes?: readonly string[];
  readonly more?: Partial<ContextClientOptions<never>>;
}

const PATIENCE = 120_000;

/** A client as an app has it, on real files. */
export async function openClient(options: ClientOptions): Promise<ContextClient<never>> {
  const platform = await nodePlatform({ dir: options.dir });
  return createContextClient<never>({
    platform: options.dial === undefined ? platform : { ...platform, dial: options.dial },
    deviceId: options.deviceId ?? 'bench-device',
    auth: { userId: 'ann', token: () => options.token },
    endpoints: [options.endpoint],
    schema: schemaOf(options.version ?? 1, options.indexes) as never,
    app: 'bench',
    ...options.more,
  });
}

/** Resolves when the context goes live; ask for it before what makes it so. */
export function live(client: ContextClient<never>, contextId: string): Promise<void> {
  return heard(client, `${contextId} goes live`, (event) => event.kind === 'connection' && event.contextId === contextId && event.data['to'] === 'live');
}

/** Resolves when the server has told what contexts there are. */
export async function welcomed(client: ContextClient<never>): Promise<void> {
  if (client.control.endpoints()[0]?.state === 'ready') return;
  await heard(client, 'the client is connected', (event) => event.kind === 'connection' && event.data['state'] === 'ready');
}

function heard(client: ContextClient<never>, what: string, is: (event: { kind: string; contextId?: string; data: { readonly [key: string]: unknown } }) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Error(`It did not come to pass in time that ${what}`))), PATIENCE);
    const undo = client.onEvent((event) => {
      if (is(event)) end(resolve);
    });
    const end = (then: () => void): void => {
      clearTimeout(timer);
      undo();
      then();
    };
  });
}

/** Switches to and fro between clinic-0 and clinic-1, each time until live. */
export function toggler(client: ContextClient<never>): () => Promise<void> {
  let target = 0;
  return async () => {
    target = 1 - target;
    const isLive = live(client, `clinic-${target}`);
    await client.switchTo(`clinic-${target}`);
    await isLive;
  };
}
