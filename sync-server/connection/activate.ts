import { AppError } from '../../shared/base/app-error.ts';
import { VERSION_0 } from '../../shared/core/ids.ts';
import { EMPTY_DIGEST } from '../../shared/core/digest.ts';
import { decideActivation, isSchemaAhead, wasRestored } from '../../shared/core/server/decide-activation.ts';
import type { ClientFrame, FrameOf } from '../../shared/protocol/sync/index.ts';
import { roleOf } from '../access/role-of.ts';
import type { ContextFeed } from '../feed/context-feed.ts';
import { Subscription } from '../feed/subscription.ts';
import type { Services } from '../services.ts';
import type { Activations } from './activations.ts';
import type { Connection, Session } from './connection.ts';

type Activate = FrameOf<ClientFrame, 'ACTIVATE_CONTEXT'>;

/** IS4, SY4, SY7, SV5: from the request to the first frame of the feed. Fails with the error that the client is answered. */
export async function activate(services: Services, connection: Connection, activations: Activations, session: Session, frame: Activate): Promise<void> {
  // Held before the head is read: what is committed from here on reaches the feed.
  const feed = services.feeds.hold(frame.contextId);
  let isTaken = false;
  try {
    isTaken = await begin(services, connection, activations, session, frame, feed);
  } finally {
    if (!isTaken) services.feeds.release(feed);
  }
}

async function begin(services: Services, connection: Connection, activations: Activations, session: Session, frame: Activate, feed: ContextFeed): Promise<boolean> {
  const { contextId, activationId } = frame;
  const { store, feeds, clock } = services;
  const facts = await store.activation(session.identity.userId, contextId, frame.sinceVersion);
  const role = facts === null ? null : roleOf(facts.member, facts.revocation, clock.now());
  if (facts === null || role === null) {
    // Who never was a member does not learn whether the context exists.
    if (facts !== null && facts.revocation !== null) throw new AppError('FORBIDDEN', 'The membership was revoked');
    throw new AppError('UNKNOWN_CONTEXT', 'There is no such context, or you are no member of it');
  }
  let { record } = facts;
  if (record.importing) throw new AppError('INTERNAL', 'An import into this context is under way', { details: { retryable: true } });
  if (isSchemaAhead(record, frame)) throw new AppError('SCHEMA_AHEAD', `The context's rows need schema ${record.readableFrom} or later`);
  if (wasRestored(record, frame)) record = await feeds.renamed(record, frame.seenVersion > frame.sinceVersion ? frame.seenVersion : frame.sinceVersion);
  feed.saw(record);

  // The same stay on another connection of the device is over (SV5).
  store.publish({ type: 'activated', contextId, deviceId: session.deviceId, activationId, connectionId: connection.id });

  const answer = decideActivation(record, frame);
  const snapshot = answer.mode === 'delta' ? null : await services.snapshots.ready(contextId);
  const subscription = new Subscription({
    feed,
    activationId,
    from: snapshot === null ? frame.sinceVersion : snapshot.ref.version,
    now: clock.now(),
    wake: () => activations.turns.wake(subscription),
    end: (why) => activations.ended(contextId, activationId, why),
    onTrouble: (thrown) => services.log.warn({ contextId, activationId, err: thrown }, 'the log could not be read'),
  });
  if (!activations.begin(contextId, { activationId, feed, subscription })) {
    subscription.close();
    return false;
  }
  const digest = answer.withDigest ? (facts.digest ?? (frame.sinceVersion === VERSION_0 ? EMPTY_DIGEST : null)) : null;
  connection.send({
    type: 'CONTEXT_ACTIVATED',
    contextId,
    activationId,
    logId: snapshot?.logId ?? record.logId,
    headVersion: snapshot?.headVersion ?? record.head,
    horizon: snapshot?.horizon ?? record.horizon,
    mode: answer.mode,
    sinceVersion: frame.sinceVersion,
    schemaVersion: record.schemaVersion,
    readableFrom: record.readableFrom,
    ...(digest === null ? {} : { digest }),
    ...(snapshot === null ? {} : { snapshot: snapshot.ref }),
  });
  services.log.info({ contextId, activationId, deviceId: session.deviceId, mode: answer.mode, since: frame.sinceVersion, head: record.head }, 'activated');
  activations.turns.wake(subscription);
  return true;
}
