import type { Host } from '../host.ts';
import type { RecordingDb } from '../state/recording-db.ts';
import { ScriptedHub, type ScriptedOptions } from './scripted-hub.ts';

export interface ScriptedHost extends Host {
  readonly hub: ScriptedHub;
  readonly saved: { readonly name: string; readonly content: Blob }[];
  readonly copied: string[];
}

/** A shell around a scripted hub, all in memory; `location` starts the view. */
export function scriptedHost(openDb: () => RecordingDb, options: ScriptedOptions & { readonly location?: string } = {}): ScriptedHost {
  const hub = new ScriptedHub(options);
  const kept = new Map<string, string>();
  const saved: { name: string; content: Blob }[] = [];
  const copied: string[] = [];
  let view = options.location ?? 'client=k-rounds';
  return {
    hub,
    saved,
    copied,
    kind: 'page',
    hubAddress: '127.0.0.1:9339',
    connect: (path) => hub.connect(path),
    token: () => Promise.resolve('scripted'),
    storage: { get: (key) => kept.get(key) ?? null, set: (key, value) => void kept.set(key, value) },
    theme: { get: () => null, listen: () => () => undefined },
    location: {
      read: () => view,
      write: (next) => {
        view = next;
      },
      listen: () => () => undefined,
    },
    files: { open: () => Promise.resolve(null), save: (name, content) => void saved.push({ name, content }) },
    copy: (text) => {
      copied.push(text);
      return Promise.resolve();
    },
    openDb,
  };
}
