import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { AppError } from '../../shared/base/app-error.ts';
import { printable } from '../exit.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { DEFAULT_DATA_DIR, examples, port, several } from '../options.ts';
import { print } from '../output.ts';
import { packageVersion } from '../package-version.ts';
import { untilStopped } from '../until-stopped.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly open: boolean;
  readonly allowRemote?: boolean;
  readonly allowOrigin?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly extension?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

export function hubCommand(): Command {
  const command = new Command('hub')
    .description('Start the hub: clients dial it, and the inspector looks at them through it')
    .option('--port <port>', 'where to listen; 0: any free port', port, 9339)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'for recordings, reports and the audit log', DEFAULT_DATA_DIR)
    .option('--no-open', 'do not open the browser')
    .option('--allow-origin <origins>', 'web pages that may dial it, as http://localhost:5173', several)
    .option('--allow-host <names>', 'names by which it is called besides its address', several)
    .option('--extension <ids>', 'ids of extensions that may talk to it (default: ours)', several)
    .option('--allow-remote', 'listen beyond this machine without TLS')
    .option('--cert <file>', 'certificate for TLS, with --key')
    .option('--key <file>', 'key of the certificate');
  return examples(command, ['hub', 'hub --allow-origin http://localhost:5173', 'hub --host 0.0.0.0 --cert hub.pem --key hub-key.pem']).action(async (flags: Flags) => {
    const { startHub } = await import('../../inspector-server/index.ts');
    const hub = await startHub({
      dataDir: flags.dataDir,
      port: flags.port,
      host: flags.host,
      origins: flags.allowOrigin ?? [],
      hosts: flags.allowHost ?? [],
      ...(flags.extension === undefined ? {} : { extensionIds: flags.extension }),
      allowRemote: flags.allowRemote === true,
      version: packageVersion(),
      log: (line) => print(printable(line)),
      ...tlsOf(flags),
    });
    const link = hub.newLink();
    print(`The inspector: ${link}`);
    print(`Clients dial:  ${hub.agentUrl}`);
    print('Ctrl-C stops it; the recordings stay.');
    if (flags.open) await openInBrowser(link);
    await untilStopped();
    await hub.close();
  });
}

function tlsOf({ cert, key }: Flags): { tls?: { cert: Buffer; key: Buffer } } {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) throw new AppError('USAGE', 'TLS needs both --cert and --key');
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new AppError('USAGE', `${file} cannot be read`, { cause });
    }
  };
  return { tls: { cert: read(cert), key: read(key) } };
}
