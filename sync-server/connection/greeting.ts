import { AppError } from '../../shared/base/app-error.ts';
import { SYNC_PROTOCOL, type ClientFrame, type FrameOf } from '../../shared/protocol/sync/index.ts';
import type { Services } from '../services.ts';
import type { Session } from './connection.ts';

/** Checks a HELLO. Fails with `PROTOCOL_VERSION`, `UNAUTHENTICATED`, or `FORBIDDEN` for a device of another user (SV5). */
export async function greet(services: Services, hello: FrameOf<ClientFrame, 'HELLO'>): Promise<Session> {
  if (hello.protocol !== SYNC_PROTOCOL) throw new AppError('PROTOCOL_VERSION', `This server speaks version ${SYNC_PROTOCOL}`);
  const identity = await services.verify(hello.token);
  const isTheirs = await services.store.claimDevice(hello.deviceId, identity.userId, services.clock.now());
  if (!isTheirs) {
    services.metrics.events.inc({ event: 'device-of-another-user' });
    services.log.warn({ deviceId: hello.deviceId }, 'a deviceId of another user');
    throw new AppError('FORBIDDEN', 'This deviceId belongs to another user: take a new deviceId');
  }
  return { identity, deviceId: hello.deviceId };
}
