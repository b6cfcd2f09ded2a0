import { defineManifest } from '@crxjs/vite-plugin';

/** What the manifest's key makes of it: a hub that is told this id lets the panel in. */
export const EXTENSION_ID = 'gdnnjnfoinhdobjabcgdogihhigpjdfj';

export const manifest = defineManifest({
  manifest_version: 3,
  name: 'Contextscope',
  version: '0.1.0',
  description: 'Inspector for offline-first clients that keep one database per bounded context.',
  // Pins the id, wherever the folder is loaded from: it is the origin that the hub sees.
  key: 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtbTIRrMUjTVvz6yUfbW+KJhIvz/4HDJyO3Ql8PQ+55aM4oKcOrTih4U9wJVbecKiXlHHae9JB8/7sV3/hVklmeMDB+kYeEdjgNietmP7UxaukD+7QnXQOyPn85LQKkZ4Vm04Gra62iNPNUSGRVGa+tZeE0l2skQQhufnbr6l+ji3mQExgFqjD7RnQedwtoU9bgoWvEp3BBPCQXwSMal3QGcGyYO1XE94yym3arLRtTREptRecpLhP/rJRk8+TjQY5uRxLhzGc37J5bKw2v8A4QbLCoMQ/tETAIDf6q0F8KwYPz8xjeX+V+BIqN4mtym15G5dJRpr9MAteRhWAiLUGQIDAQAB',
  minimum_chrome_version: '123',
  devtools_page: 'extension/devtools.html',
  background: { service_worker: 'extension/service-worker.ts', type: 'module' },
  action: { default_title: 'Open the inspector in a tab' },
  // SQLite is WebAssembly; there is no other code than what is packed.
  content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
});
