import { Command } from 'commander';
import { needs } from '../needs.ts';
import { DEFAULT_DATA_DIR, examples, withJson } from '../options.ts';
import { print, printJson } from '../output.ts';
import { readSecret, secretFileOf } from '../secret.ts';

interface Flags {
  readonly admin?: boolean;
  readonly expires: string;
  readonly dataDir: string;
  readonly jwtSecretFile?: string;
  readonly json?: boolean;
}

export function tokenCommand(): Command {
  const command = new Command('token')
    .description('Print a token with which a user connects to the sync server; for development')
    .argument('<user>', 'id of the user')
    .option('--admin', 'for the admin API as well')
    .option('--expires <span>', 'good for so long, as 30m, 12h or 7d', '12h')
    .option('--data-dir <folder>', 'data folder of the server', DEFAULT_DATA_DIR)
    .option('--jwt-secret-file <file>', 'secret of the server, in hex (default: `secret` in the data folder)');
  return examples(withJson(command), ['token u-118', 'token ops --admin --expires 15m']).action(async (user: string, flags: Flags) => {
    const { issueToken } = await needs(import('../../sync-server/index.ts'), 'Making tokens', ['pg', '@electric-sql/pglite', 'jose', 'pino', 'prom-client']);
    const secret = readSecret(flags.jwtSecretFile ?? secretFileOf(flags.dataDir), false);
    const token = await issueToken({ userId: user, secret, expiresIn: flags.expires, ...(flags.admin === true ? { admin: true } : {}) });
    if (flags.json === true) printJson({ token, userId: user });
    else print(token);
  });
}
