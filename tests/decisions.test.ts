import { expect, test } from 'vitest';
import { listFiles, readText } from './support/source.ts';

interface Manifest {
  readonly dependencies: { readonly [name: string]: string };
  readonly devDependencies: { readonly [name: string]: string };
  readonly peerDependencies: { readonly [name: string]: string };
  readonly peerDependenciesMeta: { readonly [name: string]: { readonly optional: boolean } };
}

const manifest = JSON.parse(readText('package.json')) as Manifest;

test('every package is pinned, and a decision says why it is there', () => {
  const notes = listFiles('docs/decisions/*.md').map(readText).join('\n');
  const noted = new Map([...notes.matchAll(/^\| (\S+) \| (\d\S*) \|/gm)].map(([, name, version]) => [name as string, version as string]));
  expect(Object.fromEntries(noted)).toEqual({ ...manifest.dependencies, ...manifest.devDependencies });
});

test('no package of a server comes along with the runtime', () => {
  const peers = Object.keys(manifest.peerDependencies);
  expect(peers.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  expect(peers.filter((name) => Object.hasOwn(manifest.dependencies, name))).toEqual([]);
});

test('the lock names no host, so that it installs from a mirror as well', () => {
  expect(readText('package-lock.json').match(/"(?:resolved)": "https?:[^"]*"/g) ?? []).toEqual([]);
});
