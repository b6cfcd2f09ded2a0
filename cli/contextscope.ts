import { run } from './program.ts';

// Where the `contextscope` command starts; `bin.mjs` comes before it and checks the Node version.
// `contextscope events … | head` ends the reader first: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));
