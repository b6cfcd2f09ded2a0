import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '../app.tsx';
import { nodeDb } from './node-db.ts';
import { scriptedHost, type ScriptedHost } from './scripted-host.ts';
import type { ScriptedOptions } from './scripted-hub.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
// There is no layout here: lists would think that they have no room, and show nothing.
for (const [name, value] of Object.entries({ offsetHeight: 700, offsetWidth: 1_200, clientHeight: 700, clientWidth: 1_200 })) Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });

export interface Rendered {
  readonly host: ScriptedHost;
  readonly page: HTMLElement;
  text(): string;
  /** The first element with this role and name, as a screen reader would find it. */
  find(role: string, name: string | RegExp): HTMLElement;
  press(role: string, name: string | RegExp): Promise<void>;
  type(role: string, name: string | RegExp, value: string): Promise<void>;
  key(key: string, init?: KeyboardEventInit): Promise<void>;
  /** Waits until something is so; fails with what the page says instead. */
  until(what: string, is: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const nameOf = (element: Element): string => element.getAttribute('aria-label') ?? element.textContent ?? '';
const ROLES: { readonly [role: string]: string } = {
  button: 'button:not([role])',
  dialog: '[role="dialog"], [role="alertdialog"]',
  textbox: 'input:not([type="range"]), textarea',
};

/** The whole inspector on a scripted hub, in a DOM without a layout. */
export async function render(options: ScriptedOptions & { readonly location?: string } = {}): Promise<Rendered> {
  const host = scriptedHost(nodeDb, { gap: false, ...options });
  const page = document.createElement('div');
  document.body.append(page);
  const root = createRoot(page);
  await act(async () => root.render(<App host={host} />));
  const settle = async (): Promise<void> => act(async () => new Promise((resolve) => setTimeout(resolve, 20)));
  const find = (role: string, name: string | RegExp): HTMLElement => {
    // What is behind an open dialog cannot be reached.
    const scope = page.querySelector('[aria-modal="true"]') ?? page;
    const all = [...(role === 'dialog' ? page : scope).querySelectorAll<HTMLElement>(ROLES[role] ?? `[role="${role}"]`)];
    const found = all.find((element) => (typeof name === 'string' ? nameOf(element).trim() === name : name.test(nameOf(element))));
    if (found === undefined) throw new Error(`There is no ${role} ${String(name)}; there are ${all.map((element) => nameOf(element).slice(0, 40)).join(' | ')}`);
    return found;
  };
  const rendered: Rendered = {
    host,
    page,
    text: () => page.textContent ?? '',
    find,
    async press(role, name) {
      await act(async () => find(role, name).click());
      await settle();
    },
    async type(role, name, value) {
      const input = find(role, name) as HTMLInputElement;
      await act(async () => {
        const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input) as object, 'value')?.set;
        setter?.call(input, value);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await settle();
    },
    async key(key, init = {}) {
      await act(async () => void (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })));
      await settle();
    },
    async until(what, is) {
      for (let turn = 0; turn < 150; turn++) {
        if (is()) return;
        await settle();
      }
      throw new Error(`It never came that ${what}. The page says: ${(page.textContent ?? '').slice(0, 600)}`);
    },
    async close() {
      await act(async () => root.unmount());
      page.remove();
    },
  };
  return rendered;
}
