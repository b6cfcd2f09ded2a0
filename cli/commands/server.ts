import { Command, Option } from 'commander';
import { join } from 'node:path';
import type { AuthOptions, LogStore, SyncServerOptions } from '../../sync-server/index.ts';
import { AppError, messageOf } from '../../shared/base/app-error.ts';
import { needs } from '../needs.ts';
import { DEFAULT_DATA_DIR, examples, port, several } from '../options.ts';
import { print, remark } from '../output.ts';
import { readSecret, readText, secretFileOf } from '../secret.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly ownerUrl?: string;
  readonly jwtSecretFile?: string;
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly logLevel: 'silent' | NonNullable<SyncServerOptions['logLevel']>;
}

const FIRST_STEPS = `
A first context and a member of it, over the admin API:
  $ admin="authorization: Bearer $(contextscope token ops --admin)"
  $ curl -H "$admin" http://127.0.0.1:9340/admin/contexts -d '{"contextId":"clinic-a","kind":"tenant","schemaVersion":1}'
  $ curl -H "$admin" http://127.0.0.1:9340/admin/contexts/clinic-a/members/amelie -X PUT -d '{"role":"writer"}'

With PostgreSQL, --database-url is a plain login role that may become the three roles of the server, and --owner-url the owner's, with which
the migrations run. docs/production.md has the statements, and what to mind behind a proxy and after a restore.`;

export function serverCommand(): Command {
  const command = new Command('server')
    .description('Start the sync server, on an embedded PostgreSQL or on yours')
    .option('--port <port>', 'where to listen; 0: any free port', port, 9340)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'for the embedded database, the secret and snapshots', DEFAULT_DATA_DIR)
    .option('--database-url <url>', 'PostgreSQL 15 or later, as postgres://user@host/name (default: $DATABASE_URL, else the embedded one)')
    .option('--owner-url <url>', 'the owner of that database, for the migrations (default: $DATABASE_OWNER_URL)')
    .option('--jwt-secret-file <file>', 'secret that tokens are signed with, in hex (default: `secret` in the data folder, made at the first start)')
    .option('--jwks <url or file>', 'public keys that tokens are checked by, instead of a secret')
    .option('--issuer <name>', 'the `iss` that every token must have')
    .option('--audience <name>', 'the `aud` that every token must have')
    .option('--allow-host <names>', 'names by which it is called besides its address', several)
    .option('--allow-origin <origins>', 'web pages that may connect, as https://app.example.com', several)
    .addOption(new Option('--log-level <level>', 'what goes to stderr, one JSON object a line').choices(['silent', 'error', 'warn', 'info', 'debug']).default('warn'));
  examples(command, [
    'server',
    'server --database-url postgres://app@db/clinics --owner-url postgres://owner@db/clinics --jwks https://id.example.com/jwks.json',
    'server --host 0.0.0.0 --allow-host sync.example.com --allow-origin https://app.example.com --log-level info',
  ]);
  return command.addHelpText('after', FIRST_STEPS).action(async (flags: Flags) => {
    const { claimDataDir } = await import('../../inspector-server/index.ts');
    const sync = await needs(import('../../sync-server/index.ts'), 'The sync server', ['pg', '@electric-sql/pglite', 'jose', 'pino', 'prom-client']);
    const { dataDir, host, logLevel } = flags;
    claimDataDir(dataDir);
    const auth = authOf(flags);
    const store = await openStore(flags, sync);
    try {
      const server = await sync.startSyncServer({
        host,
        port: flags.port,
        store,
        auth,
        snapshotDir: join(dataDir, 'snapshots'),
        hosts: flags.allowHost,
        origins: flags.allowOrigin,
        processMetrics: true,
        logLevel: logLevel === 'silent' ? undefined : logLevel,
      });
      print(`Clients connect to ${server.wsUrl}`);
      if ('jwtSecret' in auth) print('A token for a user: contextscope token USER');
      print('Ctrl-C or SIGTERM drains and stops it.');
      await sync.drainOnSignal(server, store);
    } catch (thrown) {
      await store.close();
      throw thrown;
    }
  });
}

async function openStore(flags: Flags, sync: typeof import('../../sync-server/index.ts')): Promise<LogStore> {
  const url = flags.databaseUrl ?? variable('DATABASE_URL');
  const ownerUrl = flags.ownerUrl ?? variable('DATABASE_OWNER_URL');
  if (url === undefined) {
    if (flags.ownerUrl !== undefined) throw new AppError('USAGE', '--owner-url goes with --database-url', { hint: 'The owner’s URL alone may be given as --database-url.' });
    remark(sync.PGLITE_WARNING);
    return await sync.openPgliteStore({ dataDir: join(flags.dataDir, 'database') });
  }
  for (const [flag, one] of [['--database-url', url], ['--owner-url', ownerUrl]] as const) {
    // The URL itself is not printed: it may hold a password.
    if (one !== undefined && !/^postgres(?:ql)?:$/.test(URL.parse(one)?.protocol ?? '')) throw new AppError('USAGE', `${flag} is no address of a PostgreSQL`, { hint: 'It looks like postgres://user@host:5432/name.' });
  }
  return await sync.openPostgresStore({ url, ownerUrl, onTrouble: remark });
}

/** An empty variable is none. */
const variable = (name: string): string | undefined => (process.env[name] === '' ? undefined : process.env[name]);

function authOf({ jwks, jwtSecretFile, dataDir, issuer, audience }: Flags): AuthOptions {
  const claims = { issuer, audience };
  if (jwks === undefined) return { jwtSecret: readSecret(jwtSecretFile ?? secretFileOf(dataDir), jwtSecretFile === undefined), ...claims };
  if (jwtSecretFile !== undefined) throw new AppError('USAGE', 'Tokens are checked by --jwks or by --jwt-secret-file, not by both');
  if (!/^[a-z]+:\/\//i.test(jwks)) return { jwks: keysIn(jwks), ...claims };
  const url = URL.parse(jwks);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new AppError('USAGE', '--jwks is no address', { hint: 'It looks like https://id.example.com/.well-known/jwks.json, or names a file.' });
  return { jwks: url, ...claims };
}

type KeySet = Extract<Extract<AuthOptions, { jwks: unknown }>['jwks'], { keys: unknown }>;

function keysIn(file: string): KeySet {
  let keys: unknown;
  try {
    keys = (JSON.parse(readText(file, 'public keys')) as { keys?: unknown } | null)?.keys;
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('USAGE', `${file} is no JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (!Array.isArray(keys) || keys.length === 0) throw new AppError('USAGE', `${file} holds no public keys`, { hint: 'A JWKS looks like {"keys":[{"kty":"RSA",…}]}.' });
  return { keys: keys as KeySet['keys'] };
}
