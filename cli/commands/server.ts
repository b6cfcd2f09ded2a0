import { Command } from 'commander';
import { join } from 'node:path';
import { needs } from '../needs.ts';
import { DEFAULT_DATA_DIR, examples, port, several } from '../options.ts';
import { print, remark } from '../output.ts';
import { readSecret, secretFileOf } from '../secret.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly secretFile?: string;
  readonly allowOrigin?: readonly string[];
}

export function serverCommand(): Command {
  const command = new Command('server')
    .description('Start the sync server, on an embedded PostgreSQL or on yours')
    .option('--port <port>', 'where to listen; 0: any free port', port, 9340)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'for the embedded database and snapshots', DEFAULT_DATA_DIR)
    .option('--database-url <url>', 'PostgreSQL 15 or later, as postgres://user@host/name (default: $DATABASE_URL, else the embedded one)')
    .option('--secret-file <file>', 'secret that tokens are signed with, in hex (default: `secret` in the data folder, made at the first start)')
    .option('--allow-origin <origins>', 'web pages that may connect', several);
  return examples(command, ['server', 'server --database-url postgres://app@localhost/clinics --port 8080']).action(async (flags: Flags) => {
    const { claimDataDir } = await import('../../inspector-server/index.ts');
    const sync = await needs(import('../../sync-server/index.ts'), 'The sync server', ['pg', '@electric-sql/pglite', 'jose', 'pino', 'prom-client']);
    claimDataDir(flags.dataDir);
    const secret = readSecret(flags.secretFile ?? secretFileOf(flags.dataDir), flags.secretFile === undefined);
    const databaseUrl = flags.databaseUrl ?? process.env['DATABASE_URL'];
    if (databaseUrl === undefined) remark(sync.PGLITE_WARNING);
    const store = databaseUrl === undefined ? await sync.openPgliteStore({ dataDir: join(flags.dataDir, 'database') }) : await sync.openPostgresStore({ url: databaseUrl, onTrouble: remark });
    try {
      const server = await sync.startSyncServer({ host: flags.host, port: flags.port, store, auth: { jwtSecret: secret }, snapshotDir: join(flags.dataDir, 'snapshots'), origins: flags.allowOrigin });
      print(`Clients connect to ${server.wsUrl}`);
      print('A token for a user: contextscope token USER');
      await sync.drainOnSignal(server, store);
    } catch (thrown) {
      await store.close();
      throw thrown;
    }
  });
}
