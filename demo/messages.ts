import type { DemoDevice } from './clinics.ts';

/** What the demo tells a device's process. Tokens travel on this channel alone: no argument and no variable of the process shows one. */
export type ToDevice =
  | { readonly type: 'start'; readonly device: DemoDevice; readonly dir: string; readonly server: string; readonly hub: string }
  | { readonly type: 'token'; readonly id: number; readonly token: string }
  | { readonly type: 'stop' };

export type FromDevice = { readonly type: 'token'; readonly id: number } | { readonly type: 'ready' } | { readonly type: 'problem'; readonly text: string };
