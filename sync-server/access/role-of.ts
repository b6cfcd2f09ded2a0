import type { Role } from '../../shared/core/registry-row.ts';
import type { Member, Revocation } from '../store/log-store.ts';

/**
 * The role that a user has in a context at `now`, or null. Who was revoked keeps the old one until `acceptUntil`, so that pending
 * writes can still go (PR4).
 */
export function roleOf(member: Member | null, revocation: Revocation | null, now: number): Role | null {
  if (member !== null) return member.role;
  return revocation?.acceptUntil !== null && revocation?.acceptUntil !== undefined && now < revocation.acceptUntil ? revocation.role : null;
}
