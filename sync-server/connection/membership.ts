import { SerialQueue } from '../../shared/base/serial-queue.ts';
import type { ContextId, UserId } from '../../shared/core/ids.ts';
import { SYNC_PROTOCOL, type Membership as MembershipFields } from '../../shared/protocol/sync/index.ts';
import type { Services } from '../services.ts';
import { REVOCATION_LIFE, type ContextRecord, type Member, type Revocation } from '../store/log-store.ts';
import type { Connection } from './connection.ts';

/** A WELCOME holds at most this many bytes of contexts; the rest follows as MEMBERSHIP. A receiver takes 4 MiB. */
const WELCOME_BYTES = 3_000_000;
/** ids and a title of 200 characters each, and the rest: more than any entry has but one of escapes. */
const ENTRY_ROOM = 200;

/** What one user may see, as its connection knows it; and the news of it (PR4). */
export class Membership {
  readonly #services: Services;
  readonly #userId: UserId;
  readonly #connection: Connection;
  readonly #queue = new SerialQueue();
  #told = new Map<ContextId, string>();
  #revoked = new Map<ContextId, number>();
  #closed = false;

  constructor(services: Services, userId: UserId, connection: Connection) {
    this.#services = services;
    this.#userId = userId;
    this.#connection = connection;
  }

  async welcome(): Promise<void> {
    await this.#queue.run(async () => {
      const { granted, revocations } = await this.#read();
      const chunks = inChunks(granted);
      this.#remember(granted, revocations);
      this.#connection.send({
        type: 'WELCOME',
        protocol: SYNC_PROTOCOL,
        serverId: this.#services.store.serverId,
        serverTime: this.#services.clock.now(),
        userId: this.#userId,
        contexts: chunks[0] ?? [],
        revoked: revocations.map(revocationFields),
      });
      for (const more of chunks.slice(1)) this.#connection.send({ type: 'MEMBERSHIP', granted: more, revoked: [] });
    });
  }

  /** Reads again and tells the difference. */
  refresh(): void {
    void this.#queue.run(async () => {
      if (this.#closed) return;
      try {
        await this.#tellDifference();
      } catch (thrown) {
        this.#services.log.warn({ connectionId: this.#connection.id, err: thrown }, 'memberships could not be read again');
      }
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #tellDifference(): Promise<void> {
    const { granted, revocations } = await this.#read();
    const news = granted.filter((one) => this.#told.get(one.contextId) !== keyOf(one));
    const gone = revocations.filter((one) => this.#revoked.get(one.contextId) !== one.at);
    this.#remember(granted, revocations);
    if (this.#closed || (news.length === 0 && gone.length === 0)) return;
    const chunks = inChunks(news);
    this.#connection.send({ type: 'MEMBERSHIP', granted: chunks[0] ?? [], revoked: gone.map(revocationFields) });
    for (const more of chunks.slice(1)) this.#connection.send({ type: 'MEMBERSHIP', granted: more, revoked: [] });
    const now = this.#services.clock.now();
    for (const { contextId, acceptUntil } of gone) {
      // Until then its pending writes may still go; the feed is cut when that time is over.
      if (acceptUntil === null || acceptUntil <= now) this.#connection.dropContext(contextId);
      else this.#services.clock.after(acceptUntil - now, () => this.#connection.dropContext(contextId));
    }
  }

  async #read(): Promise<{ granted: MembershipFields[]; revocations: Revocation[] }> {
    const { members, contexts, revocations } = await this.#services.store.access(this.#userId, this.#services.clock.now() - REVOCATION_LIFE);
    const records = new Map(contexts.map((record) => [record.contextId, record]));
    const granted = members.flatMap((member) => {
      const record = records.get(member.contextId);
      return record === undefined ? [] : [membershipFields(member, record)];
    });
    return { granted, revocations };
  }

  #remember(granted: readonly MembershipFields[], revocations: readonly Revocation[]): void {
    this.#told = new Map(granted.map((one) => [one.contextId, keyOf(one)]));
    this.#revoked = new Map(revocations.map((one) => [one.contextId, one.at]));
  }
}

/** What has to be told when it changes; the head comes by the feed. */
const keyOf = (one: MembershipFields): string => JSON.stringify([one.role, one.kind, one.schemaVersion, one.readableFrom, one.title]);

const membershipFields = (member: Member, record: ContextRecord): MembershipFields => ({
  contextId: record.contextId,
  kind: record.kind,
  role: member.role,
  headVersion: record.head,
  logId: record.logId,
  schemaVersion: record.schemaVersion,
  readableFrom: record.readableFrom,
  ...(record.title === null ? {} : { title: record.title }),
});

const revocationFields = (one: Revocation): { contextId: ContextId; acceptUntil?: number } => ({
  contextId: one.contextId,
  ...(one.acceptUntil === null ? {} : { acceptUntil: one.acceptUntil }),
});

function inChunks(granted: readonly MembershipFields[]): MembershipFields[][] {
  const chunks: MembershipFields[][] = [];
  let bytes = Infinity;
  for (const one of granted) {
    const size = Buffer.byteLength(JSON.stringify(one)) + ENTRY_ROOM;
    if (bytes + size > WELCOME_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(one);
    bytes += size;
  }
  return chunks;
}
