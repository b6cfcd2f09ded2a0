import { Command } from 'commander';
import { needs } from '../needs.ts';
import { DEFAULT_DATA_DIR, examples, port } from '../options.ts';

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Start the demo: a sync server, three devices of a clinic at work, the hub, and the inspector')
    .option('--port <port>', 'of the hub and the inspector; 0: any free port', port, 9339)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'kept between runs; delete it to start anew', DEFAULT_DATA_DIR)
    .option('--no-open', 'do not open the browser');
  return examples(command, ['demo', 'demo --port 0 --no-open --data-dir /tmp/demo']).action(async (flags: { port: number; host: string; dataDir: string; open: boolean }) => {
    const { runDemo } = await needs(import('../../demo/index.ts'), 'The demo', ['pg', '@electric-sql/pglite', 'jose', 'pino', 'prom-client']);
    await runDemo(flags);
  });
}
