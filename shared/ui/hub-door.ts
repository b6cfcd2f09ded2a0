import { AppError } from '../base/app-error.ts';
import type { Host } from './host.ts';

const KEPT = 'contextscope.session';

export interface HubDoor {
  readonly token: Host['token'];
  readonly signIn: NonNullable<Host['signIn']>;
  readonly load: NonNullable<Host['loadRecording']>;
}

/**
 * How a shell gets into a hub: by the start token of a link, by a pairing code, or by the session that either of them bought before, which
 * is kept so that a reload and a second tab need no new one.
 */
export function hubDoor(base: string, storage: Host['storage'], startToken: string | null): HubDoor {
  const key = `${KEPT} ${new URL(base).host}`;
  let session: Promise<string | null> | null = null;
  const post = async (path: string, body: { readonly [name: string]: string }): Promise<string> => {
    const response = await fetch(new URL(path, base), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const answer = ((await response.json().catch(() => null)) ?? {}) as { token?: unknown; error?: { code?: unknown; message?: unknown } };
    if (!response.ok || typeof answer.token !== 'string') {
      if (response.status === 401) storage.set(key, '');
      const { code, message } = answer.error ?? {};
      throw new AppError(typeof code === 'string' ? code : 'INTERNAL', typeof message === 'string' ? message : 'The hub gave no session');
    }
    storage.set(key, answer.token);
    return answer.token;
  };
  const enter = (start: string | null): Promise<string | null> => {
    const kept = storage.get(key) ?? '';
    if (start === null && kept === '') return Promise.resolve(null);
    // A used link is no news when the session that it bought is still good.
    return post('session', { token: start ?? kept }).catch((thrown: unknown) => (start !== null && kept !== '' ? post('session', { token: kept }) : Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)))));
  };
  const token = (): Promise<string | null> => {
    session ??= enter(startToken).catch((thrown: unknown) => {
      // The next try may find the hub.
      session = null;
      throw thrown;
    });
    return session;
  };
  return {
    token,
    async signIn(text) {
      const start = /[#&]token=([\w-]+)/.exec(text)?.[1];
      const code = text.replaceAll(/[\s-]/g, '');
      if (start === undefined && !/^\d{6}$/.test(code)) throw new AppError('BAD_PARAMS', 'Paste the link that the hub printed, or type the 6 digits of a pairing code');
      const bought = await (start === undefined ? post('pair', { code, name: 'inspector' }) : post('session', { token: start }));
      session = Promise.resolve(bought);
    },
    async load(path) {
      const bought = await token();
      const response = await fetch(new URL(path, base), { headers: bought === null ? {} : { authorization: `Bearer ${bought}` } });
      if (!response.ok) throw new AppError('NOT_FOUND', `The hub did not give ${path}: ${response.status}`);
      return await response.arrayBuffer();
    },
  };
}
