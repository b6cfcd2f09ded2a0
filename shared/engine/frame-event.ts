import type { Json } from '../base/json.ts';
import type { CoreEvent } from '../core/events.ts';
import type { ClientFrame, ServerFrame } from '../protocol/sync/index.ts';

/** Characters of a frame beyond which its event names only what it was about. */
const MOST_CONTENT = 16_384;

type Frame = ClientFrame | ServerFrame;
type Data = { [key: string]: Json };

/**
 * The event of a frame on the wire, for whoever watches the network. `bytes`: characters of its text, which is as many bytes but for text beyond ASCII;
 * 0 for one that carries a token, of which nothing is kept.
 */
export function frameEvent(direction: 'in' | 'out', endpoint: string, frame: Frame, bytes: number): CoreEvent {
  const data: Data = { direction, type: frame.type, endpoint, ...about(frame) };
  if (bytes > MOST_CONTENT) data['omitted'] = bytes;
  else data['frame'] = content(frame);
  return {
    kind: 'frame',
    bytes,
    ...('contextId' in frame && frame.contextId !== undefined ? { contextId: frame.contextId } : {}),
    ...('activationId' in frame && frame.activationId !== undefined ? { activationId: frame.activationId } : {}),
    ...versions(frame),
    data,
  };
}

function content(frame: Frame): Json {
  if (!('token' in frame)) return frame as unknown as Json;
  const { token: _token, ...rest } = frame;
  return rest;
}

/** What can be told of a frame by its head. */
function about(frame: Frame): Data {
  switch (frame.type) {
    case 'PUSH':
      return { pushId: frame.pushId, changes: frame.mutations.length };
    case 'PUSH_RESULT': {
      const outcome = { applied: 0, conflict: 0, rejected: 0 };
      for (const result of frame.results) outcome[result.outcome]++;
      return { pushId: frame.pushId, outcome };
    }
    case 'DELTA':
      return { changes: frame.changes.length };
    case 'FETCH_LOG':
      return { requestId: frame.requestId };
    case 'LOG':
      return { requestId: frame.requestId, changes: frame.changes.length };
    case 'CONTEXT_ACTIVATED':
      return { mode: frame.mode };
    case 'ERROR':
      return { code: frame.code, ...(frame.requestId === undefined ? {} : { requestId: frame.requestId }) };
    case 'PING':
    case 'PONG':
      return { nonce: frame.nonce };
    default:
      return {};
  }
}

type Where = Pick<CoreEvent, 'fromVersion' | 'toVersion' | 'mutationIds'>;

function versions(frame: Frame): Where {
  switch (frame.type) {
    case 'DELTA':
      return { fromVersion: frame.fromVersion, toVersion: frame.toVersion, ...idsOf(frame.changes) };
    case 'LOG': {
      const [first, last] = [frame.changes[0]?.contextVersion, frame.changes.at(-1)?.contextVersion];
      return first === undefined || last === undefined ? {} : { fromVersion: first - 1, toVersion: last };
    }
    case 'FETCH_LOG':
      return { fromVersion: frame.fromVersion, toVersion: frame.toVersion };
    case 'PUSH':
      return { fromVersion: frame.localVersion, ...idsOf(frame.mutations) };
    case 'PUSH_RESULT': {
      const highest = Math.max(0, ...frame.results.map(({ contextVersion = 0, currentVersion = 0 }) => Math.max(contextVersion, currentVersion)));
      return { ...(highest === 0 ? {} : { toVersion: highest }), ...idsOf(frame.results) };
    }
    case 'ACTIVATE_CONTEXT':
      return { fromVersion: frame.sinceVersion };
    case 'CONTEXT_ACTIVATED':
      return { ...(frame.sinceVersion === undefined ? {} : { fromVersion: frame.sinceVersion }), toVersion: frame.headVersion };
    case 'APPLIED':
      return { toVersion: frame.version };
    default:
      return {};
  }
}

/** As many as an event may name. */
const MOST_IDS = 100;

const idsOf = (items: readonly { readonly mutationId: string }[]): Where => (items.length === 0 || items.length > MOST_IDS ? {} : { mutationIds: items.map(({ mutationId }) => mutationId) });
