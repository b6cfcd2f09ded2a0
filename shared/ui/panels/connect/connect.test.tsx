import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../../../base/app-error.ts';
import { App } from '../../app.tsx';
import type { Host } from '../../host.ts';
import { nodeDb } from '../../testing/node-db.ts';
import { scriptedHost, type ScriptedHost } from '../../testing/scripted-host.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
let root: Root | null = null;
afterEach(async () => {
  await act(async () => root?.unmount());
  document.body.replaceChildren();
});

const settle = async (): Promise<void> => act(async () => new Promise((resolve) => setTimeout(resolve, 20)));

/** The page of an inspector that the hub takes no hello of. */
async function refused(code: string, message: string, part: Partial<Host> = {}): Promise<ScriptedHost> {
  const host = scriptedHost(nodeDb, { location: '', empty: true });
  host.hub.answers = { 'Hub.hello': () => Promise.reject(new AppError(code, message)) };
  const page = document.createElement('div');
  document.body.append(page);
  const made = createRoot(page);
  root = made;
  await act(async () => made.render(<App host={{ ...host, ...part }} />));
  await settle();
  return host;
}

const boxes = (): readonly HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('.cn-code input')];
const button = (name: string): HTMLElement | undefined => [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === name);

async function type(box: HTMLInputElement, value: string): Promise<void> {
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(box, value);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await settle();
}

test('DB3 a hub that speaks another protocol is said to, with both versions and the side to update', async () => {
  const host = await refused('PROTOCOL_VERSION', 'This hub speaks debug protocol 2 and the inspector 1: upgrade the inspector');
  expect([...document.querySelectorAll('.cn-ver-row')].map(({ textContent }) => textContent)).toEqual(['Protocol', 'Hub2', 'This inspector1']);
  expect(document.body.textContent).toContain('Update this inspector');
  await act(async () => button('Copy both versions')?.click());
  expect(host.copied).toEqual(['Hub: protocol 2, inspector: protocol 1']);
});

test('digits go on from box to box, the sixth asks, and a code that is not taken is said and cleared', async () => {
  const asked: string[] = [];
  await refused('UNAUTHENTICATED', 'The hub does not know this token', {
    signIn: (text) => {
      asked.push(text);
      return Promise.reject(new AppError('UNAUTHENTICATED', 'The code is wrong. The hub shows a new one in its terminal'));
    },
  });
  expect(button('Pair')?.title).toBe('6 digits are missing');
  await type(boxes()[0] as HTMLInputElement, '4');
  expect(document.activeElement).toBe(boxes()[1]);
  expect(button('Pair')?.title).toBe('5 digits are missing');
  await type(boxes()[1] as HTMLInputElement, 'x');
  expect(boxes()[1]?.value).toBe('');
  await type(boxes()[1] as HTMLInputElement, '82915');
  expect(asked).toEqual(['482915']);
  expect(document.querySelector('.cn-none [role="alert"]')?.textContent).toBe('482 915 was not taken. The code is wrong. The hub shows a new one in its terminal.');
  expect(boxes().map(({ value }) => value).join('')).toBe('');
  expect(boxes()[0]?.getAttribute('aria-invalid')).toBe('true');
});
