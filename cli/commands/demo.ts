import { Command } from 'commander';
import { DEFAULT_DATA_DIR, examples, port } from '../options.ts';

/** What the demo is told. */
export interface DemoFlags {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly open: boolean;
}

interface Demo {
  runDemo(flags: DemoFlags): Promise<void>;
}

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Start the demo: a sync server, three devices of a clinic at work, the hub, and the inspector')
    .option('--port <port>', 'of the hub and the inspector; 0: any free port', port, 9339)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'kept between runs; delete it to start anew', DEFAULT_DATA_DIR)
    .option('--no-open', 'do not open the browser');
  return examples(command, ['demo', 'demo --port 0 --no-open --data-dir /tmp/demo']).action(async (flags: DemoFlags) => {
    const isSource = import.meta.url.endsWith('.ts');
    const demo = (await import(new URL(isSource ? '../../demo/index.ts' : '../../demo/index.js', import.meta.url).href)) as Demo;
    await demo.runDemo(flags);
  });
}
