#!/usr/bin/env node
// The `contextscope` command. Plain JavaScript without imports at the top, because the oldest Node must get far enough to be told.
const [major, minor] = process.versions.node.split('.').map(Number);

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

async function main() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const source = new URL('./contextscope.ts', import.meta.url);
  const isRepository = existsSync(source);

  // The repository brings its Node along, so that its sources run as they are on any machine.
  const ours = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (isRepository && major < 24 && existsSync(ours)) return await runWith(ours, fileURLToPath(source));

  if (major < 22 || (major === 22 && minor < 13)) {
    console.error(`contextscope needs Node 22.13 or newer, and this is ${process.versions.node}: install a newer one from https://nodejs.org`);
    process.exitCode = 1;
    return;
  }
  hideWarning();
  await import(isRepository ? source.href : new URL('../dist/node/cli/contextscope.js', import.meta.url).href);
}

async function runWith(program, script) {
  const { spawn } = await import('node:child_process');
  const child = spawn(program, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 1;
      if (signal !== null) console.error(`ended by ${signal}`);
      resolve(undefined);
    });
  });
}

/** Node 22 calls its SQLite experimental on every start; every command uses it, and nobody can do anything about it. */
function hideWarning() {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
  };
}
