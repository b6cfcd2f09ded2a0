import { run } from './program.ts';

// Where the `contextscope` command starts; `bin.mjs` comes before it and checks the Node version.
process.exitCode = await run(process.argv.slice(2));
