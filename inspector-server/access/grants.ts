import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { AppError } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { writeWhole } from '../files.ts';

export type Mode = 'observe' | 'control';

/** What a token buys. */
export interface Grant {
  readonly id: string;
  readonly kind: 'session' | 'command-line' | 'paired';
  readonly name: string;
  readonly mode: Mode;
  /** Null: every context. */
  readonly contexts: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export const newSecret = (): string => randomBytes(32).toString('base64url');
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Tokens and what they buy. Only hashes are kept, in memory and on disk; sessions and paired devices survive a restart of the hub. */
export class Grants {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #grants = new Map<string, Grant>();
  readonly #starts = new Set<string>();

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    if (!existsSync(file)) return;
    try {
      for (const [hash, grant] of JSON.parse(readFileSync(file, 'utf8')) as [string, Grant][]) this.#grants.set(hash, grant);
    } catch (thrown) {
      throw new AppError('DATA_DIR', `${file} cannot be read: delete it, then every device pairs again`, { cause: thrown });
    }
  }

  /** A token for one exchange, as it stands in a start link. */
  newStart(): string {
    const token = newSecret();
    this.#starts.add(hashOf(token));
    return token;
  }

  /** Exchanges a start token for a session; null when it was used, or never was one. */
  exchange(start: string, ageMs: number): { readonly token: string; readonly grant: Grant } | null {
    if (!this.#starts.delete(hashOf(start))) return null;
    return this.issue({ kind: 'session', name: 'inspector', mode: 'control', contexts: null, expiresAt: this.#clock.now() + ageMs });
  }

  issue(grant: Omit<Grant, 'id' | 'createdAt'>): { readonly token: string; readonly grant: Grant } {
    const token = newSecret();
    const whole: Grant = { id: `s-${randomBytes(6).toString('hex')}`, createdAt: this.#clock.now(), ...grant };
    this.#grants.set(hashOf(token), whole);
    this.#save();
    return { token, grant: whole };
  }

  find(token: string): Grant | null {
    const hash = hashOf(token);
    const grant = this.#grants.get(hash);
    if (grant === undefined) return null;
    if (grant.expiresAt === null || grant.expiresAt > this.#clock.now()) return grant;
    this.#grants.delete(hash);
    return null;
  }

  list(): readonly Grant[] {
    return [...this.#grants.values()];
  }

  /** Takes a grant back; false when there is none of that id. */
  revoke(id: string): boolean {
    const found = [...this.#grants].find(([, grant]) => grant.id === id);
    if (found === undefined) return false;
    this.#grants.delete(found[0]);
    this.#save();
    return true;
  }

  #save(): void {
    const now = this.#clock.now();
    // The command line's token is new with each start.
    const kept = [...this.#grants].filter(([, { kind, expiresAt }]) => kind !== 'command-line' && (expiresAt === null || expiresAt > now));
    writeWhole(this.#file, JSON.stringify(kept));
  }
}
