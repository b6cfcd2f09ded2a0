import { SignJWT, createLocalJWKSet, createRemoteJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { AppError } from '../../shared/base/app-error.ts';
import { userIdSchema, type UserId } from '../../shared/core/ids.ts';

/** How tokens are checked: one shared secret, or public keys. */
export type AuthOptions = ({ readonly jwtSecret: Uint8Array } | { readonly jwks: URL | JSONWebKeySet }) & {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
};

export interface Identity {
  readonly userId: UserId;
  /** The claim `admin`: may use the admin API and the back office. */
  readonly admin: boolean;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** Fails with `UNAUTHENTICATED`, and does not say why in detail. */
export type Verifier = (token: string) => Promise<Identity>;

/** A secret of less than 256 bits can be guessed from one token. */
export const MIN_SECRET_BYTES = 32;

const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'];
const KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Fails with `WEAK_SECRET`. A token names its user (`sub`) and has an end (`exp`). */
export function createVerifier(auth: AuthOptions, now: () => number): Verifier {
  const options: JWTVerifyOptions = {
    requiredClaims: ['sub', 'exp'],
    clockTolerance: 5,
    ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
    ...(auth.audience === undefined ? {} : { audience: auth.audience }),
  };
  // Which algorithms are taken follows from the kind of key, never from the token.
  const verify = 'jwtSecret' in auth ? withSecret(auth.jwtSecret) : withKeys(auth.jwks);
  return async (token) => {
    let payload: JWTPayload;
    try {
      payload = await verify(token, { ...options, currentDate: new Date(now()) });
    } catch (cause) {
      throw new AppError('UNAUTHENTICATED', 'The token is not valid', { cause });
    }
    const user = userIdSchema.safeParse(payload.sub);
    if (!user.success) throw new AppError('UNAUTHENTICATED', 'The token names no user');
    return { userId: user.data, admin: payload['admin'] === true, expiresAt: (payload.exp ?? 0) * 1000 };
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function withSecret(secret: Uint8Array): Verify {
  if (secret.byteLength < MIN_SECRET_BYTES) throw new AppError('WEAK_SECRET', `The secret for tokens needs at least ${MIN_SECRET_BYTES} bytes`, { hint: 'openssl rand -hex 32 > secret' });
  return async (token, options) => (await jwtVerify(token, secret, { ...options, algorithms: SECRET_ALGORITHMS })).payload;
}

function withKeys(jwks: URL | JSONWebKeySet): Verify {
  const keys: JWTVerifyGetKey = jwks instanceof URL ? createRemoteJWKSet(jwks, { timeoutDuration: 5_000 }) : createLocalJWKSet(jwks);
  return async (token, options) => (await jwtVerify(token, keys, { ...options, algorithms: KEY_ALGORITHMS })).payload;
}

/** A token by shared secret, for development, tests and the `token` command. `expiresIn`: seconds, or a span as in `12h`. */
export async function issueToken(options: { userId: string; secret: Uint8Array; expiresIn?: number | string; admin?: boolean; now?: number }): Promise<string> {
  const issuedAt = Math.floor((options.now ?? Date.now()) / 1000);
  const expiresIn = options.expiresIn ?? '12h';
  return await new SignJWT(options.admin === true ? { admin: true } : {})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(options.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(typeof expiresIn === 'number' ? issuedAt + expiresIn : issuedAt + secondsOf(expiresIn))
    .sign(options.secret);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function secondsOf(span: string): number {
  const match = /^(\d+)\s*([smhd])$/.exec(span);
  if (match === null) throw new AppError('BAD_VALUE', `"${span}" is no time span: write 30s, 15m, 12h or 7d`);
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}
