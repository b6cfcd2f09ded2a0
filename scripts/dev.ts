// `npm run dev`: the demo, restarted when a server changes; the inspector, the extension and the types, built again as they change.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { programs } from './run.ts';

const ALL = [
  { name: 'types', needs: 'tsconfig.json', program: 'tsc', args: ['-b', '--watch', '--preserveWatchOutput'] },
  { name: 'web', needs: 'inspector-server/web/index.html', program: 'vite', args: ['build', '--mode', 'web', '--watch', '--logLevel', 'warn'] },
  { name: 'extension', needs: 'extension/manifest.ts', program: 'vite', args: ['build', '--mode', 'extension', '--watch', '--logLevel', 'warn'] },
  { name: 'demo', needs: 'cli/contextscope.ts', program: process.execPath, args: ['--watch', 'cli/contextscope.ts', 'demo', ...process.argv.slice(2)] },
];

for (const { name, program, args } of ALL.filter(({ needs }) => existsSync(needs))) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: programs } });
  const show = (text: string): void => {
    for (const line of text.split('\n')) if (line.trim() !== '') console.log(`${name.padEnd(9)} | ${line}`);
  };
  child.stdout.setEncoding('utf8').on('data', show);
  child.stderr.setEncoding('utf8').on('data', show);
  child.once('error', (error) => show(error.message));
  child.once('exit', (code, signal) => show(`ended with ${code ?? signal}`));
}
