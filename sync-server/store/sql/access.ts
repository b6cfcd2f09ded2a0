import { AppError } from '../../../shared/base/app-error.ts';
import type { ContextId, DeviceId, UserId } from '../../../shared/core/ids.ts';
import type { ContextRecord, Member, Revocation } from '../log-store.ts';
import type { Database, Statement } from './database.ts';
import { RECORD_COLUMNS, memberOf, recordOf, revocationOf } from './rows.ts';
import { fromSql, toSql } from './text.ts';

const MAINTENANCE = { role: 'maintenance' } as const;

const tellOthers = (userId: UserId, at: number): Statement => ({ name: 'access_changed', text: 'INSERT INTO sync.access_log (user_id, at) VALUES ($1, $2)', values: [toSql(userId), at] });

export async function readAccess(db: Database, userId: UserId, since: number): Promise<{ members: Member[]; contexts: ContextRecord[]; revocations: Revocation[] }> {
  const user = { role: 'tenant', user: toSql(userId) } as const;
  // Which contexts and how they are called, under the user's own policy; how far they are, as the feed.
  return await db.transaction(
    user,
    [
      { name: 'memberships', text: 'SELECT m.user_id, m.context_id, m.role, c.title FROM sync.members m LEFT JOIN sync.contexts c USING (context_id) ORDER BY m.context_id', values: [] },
      { name: 'revocations', text: 'SELECT user_id, context_id, role, accept_until, at FROM sync.revocations WHERE at > $1 ORDER BY context_id', values: [since] },
    ],
    async (tx, [members, revocations]) => {
      const titles = new Map((members ?? []).map((row) => [row['context_id'], row['title']]));
      const [, heads] = await tx.commit(tx.become({ role: 'feed' }), {
        name: 'heads',
        text: `SELECT ${RECORD_COLUMNS} FROM sync.heads h WHERE h.context_id = ANY($1)`,
        values: [[...titles.keys()]],
      });
      return {
        members: (members ?? []).map(memberOf),
        contexts: (heads ?? []).map((row) => recordOf({ ...row, title: titles.get(row['context_id']) })),
        revocations: (revocations ?? []).map(revocationOf),
      };
    },
  );
}

export async function readMembers(db: Database, contextId: ContextId): Promise<Member[]> {
  const [rows] = await db.read(MAINTENANCE, { name: 'members', text: 'SELECT user_id, context_id, role FROM sync.members WHERE context_id = $1 ORDER BY user_id', values: [toSql(contextId)] });
  return (rows ?? []).map(memberOf);
}

export async function setMember(db: Database, member: Member, at: number): Promise<void> {
  const ids = [toSql(member.userId), toSql(member.contextId)];
  const [made] = await db.write(
    MAINTENANCE,
    {
      name: 'set_member',
      text: `INSERT INTO sync.members (user_id, context_id, role) SELECT $1, h.context_id, $3 FROM sync.heads h WHERE h.context_id = $2
        ON CONFLICT (user_id, context_id) DO UPDATE SET role = excluded.role RETURNING role`,
      values: [...ids, member.role],
    },
    { name: 'unrevoke', text: 'DELETE FROM sync.revocations WHERE user_id = $1 AND context_id = $2', values: ids },
    tellOthers(member.userId, at),
  );
  if (made?.length === 0) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context', { details: { contextId: member.contextId } });
}

export async function revokeMember(db: Database, userId: UserId, contextId: ContextId, at: number, acceptUntil: number | null): Promise<void> {
  const ids = [toSql(userId), toSql(contextId)];
  // A second revocation of the same member may still change until when writes are taken.
  const [gone] = await db.write(
    MAINTENANCE,
    {
      name: 'revoke',
      text: `WITH gone AS (DELETE FROM sync.members WHERE user_id = $1 AND context_id = $2 RETURNING role)
        INSERT INTO sync.revocations (user_id, context_id, role, accept_until, at)
        SELECT $1, $2, role, $3::float8, $4::float8 FROM (SELECT role FROM gone UNION SELECT role FROM sync.revocations WHERE user_id = $1 AND context_id = $2) known LIMIT 1
        ON CONFLICT (user_id, context_id) DO UPDATE SET accept_until = excluded.accept_until, at = excluded.at RETURNING role`,
      values: [...ids, acceptUntil, at],
    },
    tellOthers(userId, at),
  );
  if (gone?.length === 0) throw new AppError('NOT_A_MEMBER', 'This user is no member of the context', { details: { contextId } });
}

/** Under the policy another user's device cannot be seen: what stays invisible belongs to somebody else. */
export async function claimDevice(db: Database, deviceId: DeviceId, userId: UserId, at: number): Promise<boolean> {
  const values = [toSql(deviceId), toSql(userId), at];
  const [, seen] = await db.write(
    { role: 'tenant', user: toSql(userId) },
    { name: 'claim_device', text: 'INSERT INTO sync.devices (device_id, user_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', values },
    { name: 'see_device', text: 'UPDATE sync.devices SET seen_at = $2 WHERE device_id = $1 RETURNING 1', values: [toSql(deviceId), at] },
  );
  return seen?.length === 1;
}

/**
 * Users whose access changed, for the sweep of one process. Ids are handed out before their transactions commit, so one may turn up
 * late: each read looks back over a minute and leaves out what it has told already.
 */
export function accessReader(db: Database): () => Promise<UserId[]> {
  const told = new Map<string, number>();
  let started = false;
  return async () => {
    const [rows] = await db.read(
      { role: 'feed' },
      { name: 'access_log', text: 'SELECT id, user_id, at FROM sync.access_log WHERE id > (SELECT coalesce(max(id), 0) - 10000 FROM sync.access_log) ORDER BY id DESC LIMIT 1000', values: [] },
    );
    const users = new Set<UserId>();
    for (const row of rows ?? []) {
      const id = String(row['id']);
      if (!told.has(id) && started) users.add(fromSql(row['user_id'] as string) as UserId);
      told.set(id, 0);
    }
    if (told.size > 20_000) for (const id of [...told.keys()].slice(0, 10_000)) told.delete(id);
    started = true;
    return [...users];
  };
}
