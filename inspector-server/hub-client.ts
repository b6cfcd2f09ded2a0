import { AppError, codeOf } from '../shared/base/app-error.ts';
import { deferred } from '../shared/base/deferred.ts';
import { DEBUG_PROTOCOL, type EventName, type EventParams, type MethodName, type ParamsOf, type ResultOf } from '../shared/protocol/debug/index.ts';
import { DebugRpc, type CallOptions, type DebugChannel } from '../shared/protocol/debug/rpc.ts';

export interface HubClientOptions {
  /** The hub, as `http://127.0.0.1:9339`. */
  readonly url: string;
  readonly token: string;
  /** Null: the hub itself. */
  readonly clientId: string | null;
  /** Who asks, for the audit log and the client's own events. */
  readonly name: string;
  readonly event?: <E extends EventName>(event: E, params: EventParams<E>) => void;
  readonly closed?: (reason: string) => void;
}

/** An inspector's connection, as the command line uses it. */
export interface HubClient {
  readonly hello: ResultOf<'Hub.hello'>;
  call<M extends MethodName>(method: M, params: ParamsOf<M>, options?: CallOptions): Promise<ResultOf<M>>;
  close(): void;
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS/;
const OTHER_SCHEME = /UND_ERR_SOCKET|EPROTO|ERR_SSL|ECONNRESET/;

/** Why nothing can be had of a hub, and the way out. `cause`: what a request to it was thrown. */
export function noHubAt(url: string, cause: unknown): AppError {
  const code = cause instanceof Error ? codeOf(cause.cause ?? cause) : '';
  if (UNTRUSTED.test(code)) return new AppError('UNREACHABLE', `The certificate of the hub at ${url} is not trusted here (${code})`, { hint: 'Name it in the environment, as NODE_EXTRA_CA_CERTS=hub.pem, or dial a name that is in it.', cause });
  if (OTHER_SCHEME.test(code)) return new AppError('UNREACHABLE', `What listens at ${url} speaks otherwise`, { hint: 'The address of a hub with a certificate begins with https://, of one without with http://.', cause });
  return new AppError('UNREACHABLE', `No hub answers at ${url}`, { hint: 'Start one with `contextscope hub`, or say where it is with --hub.', cause });
}

/** Dials a hub and says hello. Throws `UNREACHABLE` when nobody answers, else what the hub said. */
export async function connectToHub({ url, token, clientId, name, event, closed }: HubClientOptions): Promise<HubClient> {
  const path = clientId === null ? '/hub' : `/client/${encodeURIComponent(clientId)}`;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`);
  const opened = deferred<void>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', () => opened.reject(new AppError('UNREACHABLE', 'The socket did not open')));
  await opened.promise.catch(async () => {
    // A socket does not say why it did not open; a request does.
    const cause: unknown = await fetch(`${url}/json/version`).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    throw noHubAt(url, cause);
  });
  const rpc = new DebugRpc(channelOf(socket), { ...(event === undefined ? {} : { event }), ...(closed === undefined ? {} : { closed }) });
  try {
    const hello = await rpc.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token, name });
    return { hello, call: (method, params, options) => rpc.call(method, params, options), close: () => rpc.close() };
  } catch (thrown) {
    rpc.close();
    throw thrown;
  }
}

function channelOf(socket: WebSocket): DebugChannel {
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    receive({ message, closed }) {
      socket.addEventListener('message', (event: MessageEvent) => {
        const data: unknown = event.data;
        message(typeof data === 'string' ? data : '');
      });
      socket.addEventListener('close', ({ code, reason }: CloseEvent) => closed(reason === '' ? `closed with ${code}` : reason));
    },
    close: (reason = '') => socket.close(1000, reason.slice(0, 100)),
  };
}
