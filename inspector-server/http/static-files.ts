import { createReadStream, existsSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.map': 'application/json; charset=utf-8',
};

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Contextscope</title></head>
  <body>
    <h1>The hub runs, and its page is not built</h1>
    <p>In the repository, run <code>npm run build -- web</code> and load this page again. The command line works without it:
    <code>npx contextscope clients</code>.</p>
  </body>
</html>
`;

/** Where the build puts the page: `dist/web` of the repository or of the package. */
export function builtWebDir(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const inPackage = join(here, '../../../web');
  return here.includes(`${sep}dist${sep}node${sep}`) ? inPackage : join(here, '../../dist/web');
}

/** Serves a file of the built page; false when there is none of that name. */
export function serveStatic(response: ServerResponse, webDir: string, path: string, isHead: boolean): boolean {
  const file = fileOf(webDir, path);
  if (file === null) {
    if (path !== '/') return false;
    response.writeHead(503, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(isHead ? '' : NOT_BUILT);
    return true;
  }
  // Built names carry a hash; the page itself does not.
  const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': statSync(file).size, 'cache-control': cache });
  if (isHead) response.end();
  else createReadStream(file).on('error', () => response.destroy()).pipe(response);
  return true;
}

function fileOf(webDir: string, path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return null;
  const file = normalize(join(webDir, decoded === '/' ? 'index.html' : decoded));
  if (!file.startsWith(normalize(webDir) + sep)) return null;
  return existsSync(file) && statSync(file).isFile() ? file : null;
}
