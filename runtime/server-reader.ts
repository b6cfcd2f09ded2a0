import { AppError } from '../shared/base/app-error.ts';
import type { Change } from '../shared/core/change.ts';
import { activationId as parseActivationId, VERSION_0, type ContextId, type LogId, type Version } from '../shared/core/ids.ts';
import type { ClientFrame, FrameOf, ServerFrame } from '../shared/protocol/sync/index.ts';
import { ServerConnection, type ConnectionOptions, type Reach } from './server-connection.ts';

/** How far a context's log goes. */
export interface LogReach {
  readonly logId: LogId;
  /** Nothing below it can be read any more. */
  readonly horizon: Version;
  readonly head: Version;
}

export interface ReadySnapshot extends LogReach {
  readonly url: string;
  readonly version: Version;
  readonly bytes: number;
  readonly sha256: string;
}

export interface LogRequest {
  /** Changes above it. */
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly entity?: string;
  readonly entityId?: string;
  readonly limit: number;
}

/** The oldest version there is stands in the details. */
export const compacted = (horizon: number): AppError =>
  new AppError('COMPACTED', `The log no longer reaches back before version ${horizon}`, { details: { horizon }, hint: `Ask for version ${horizon} or a later one` });

/** Reads one context's snapshot and log over a connection of its own, so that the client's activation goes on as if nobody looked (DB10). */
export class ServerReader {
  readonly #reach: Reach;
  readonly #contextId: ContextId;
  readonly #connection: ServerConnection;
  readonly #activationId: ReturnType<typeof parseActivationId>;

  private constructor(reach: Reach, connection: ServerConnection, contextId: ContextId) {
    this.#reach = reach;
    this.#connection = connection;
    this.#contextId = contextId;
    this.#activationId = parseActivationId(reach.newId());
  }

  /** Rejects with `OFFLINE`, `TIMEOUT`, `CANCELLED` or the server's own code. */
  static async open(reach: Reach, url: string, contextId: ContextId, options: ConnectionOptions = {}): Promise<ServerReader> {
    return new ServerReader(reach, await ServerConnection.open(reach, url, options), contextId);
  }

  /** A ready snapshot of the context. */
  async snapshot(schemaVersion: number): Promise<ReadySnapshot> {
    const { snapshot, logId, horizon, headVersion } = await this.#activate({ sinceVersion: VERSION_0, schemaVersion, snapshot: true });
    if (snapshot === undefined) throw new AppError('NO_SNAPSHOT', 'The server gave no snapshot');
    return { ...snapshot, logId, horizon, head: headVersion };
  }

  /** How far the log goes, asked from its head on: the server builds nothing for it. */
  async log(schemaVersion: number): Promise<LogReach> {
    const listed = this.#connection.welcome.contexts.find(({ contextId }) => contextId === this.#contextId);
    if (listed === undefined) throw new AppError('UNKNOWN_CONTEXT', `The server lists no context ${this.#contextId} for this user`);
    const { logId, horizon, headVersion } = await this.#activate({ sinceVersion: listed.headVersion, logId: listed.logId, schemaVersion });
    return { logId, horizon, head: headVersion };
  }

  async #activate(asked: { sinceVersion: Version; schemaVersion: number; logId?: LogId; snapshot?: boolean }): Promise<FrameOf<ServerFrame, 'CONTEXT_ACTIVATED'>> {
    const frame: ClientFrame = { type: 'ACTIVATE_CONTEXT', contextId: this.#contextId, activationId: this.#activationId, seenVersion: VERSION_0, ...asked };
    return (await this.#connection.ask('CONTEXT_ACTIVATED', frame)) as FrameOf<ServerFrame, 'CONTEXT_ACTIVATED'>;
  }

  /** One page of the log, behind `log` or `snapshot`. Rejects with `COMPACTED` below the horizon. */
  async page({ fromVersion, toVersion, ...rest }: LogRequest): Promise<FrameOf<ServerFrame, 'LOG'>> {
    const requestId = this.#reach.newId();
    const frame: ClientFrame = { type: 'FETCH_LOG', requestId, contextId: this.#contextId, activationId: this.#activationId, fromVersion: fromVersion as Version, toVersion: toVersion as Version, ...rest };
    return (await this.#connection.ask(requestId, frame)) as FrameOf<ServerFrame, 'LOG'>;
  }

  /** Changes of the log from just above `from` to `to`, in order and without a gap. Rejects with `COMPACTED` below the horizon. */
  async *changes(from: number, to: number): AsyncGenerator<Change> {
    for (let at = from; at < to; ) {
      const page = await this.page({ fromVersion: at, toVersion: to, limit: 1_000 });
      const first = page.changes[0];
      if (first === undefined || first.contextVersion !== at + 1) throw compacted(page.horizon);
      for (const change of page.changes) {
        if (change.contextVersion > to) return;
        yield change;
        at = change.contextVersion;
      }
    }
  }

  /** The last change of one row in a range of the log; undefined when there is none in it. */
  async lastChange(entity: string, entityId: string, from: number, to: number): Promise<Change | undefined> {
    return (await this.page({ fromVersion: from, toVersion: to, entity, entityId, limit: 10_000 })).changes.at(-1);
  }

  close(): void {
    this.#connection.close();
  }
}
