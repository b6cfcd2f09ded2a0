import { AppError, codeOf, messageOf } from '../../base/app-error.ts';
import { DEBUG_PROTOCOL, type TargetInfo } from '../../protocol/debug/index.ts';
import { DebugRpc } from '../../protocol/debug/rpc.ts';
import type { Host } from '../host.ts';
import type { HubState } from './client-state.ts';
import { Store } from './store.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;
/** Codes after which trying again changes nothing. */
const FINAL: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PROTOCOL_VERSION', 'NOT_PERMITTED']);

/** The socket to the hub itself: who is there. It comes back by itself. */
export class HubLink {
  readonly state = new Store<HubState>({ state: 'connecting' });
  readonly targets = new Store<readonly TargetInfo[]>([]);
  readonly refreshedAt = new Store<number>(0);
  readonly #host: Host;
  #rpc: DebugRpc | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #closed = false;

  constructor(host: Host) {
    this.#host = host;
    void this.#open();
  }

  get rpc(): DebugRpc | null {
    return this.#rpc;
  }

  retry(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#rpc?.close();
  }

  async #open(): Promise<void> {
    if (this.#closed) return;
    const before = this.#rpc;
    this.#rpc = null;
    before?.close('a new connection');
    if (this.state.get().state !== 'closed') this.state.set({ state: 'connecting' });
    try {
      const token = await this.#host.token();
      const rpc: DebugRpc = new DebugRpc(this.#host.connect('/hub'), {
        event: (event, params) => {
          if (event === 'Hub.changed') this.#took((params as { targets: readonly TargetInfo[] }).targets);
        },
        closed: (reason) => {
          if (this.#rpc === rpc) this.#later(reason);
        },
      });
      this.#rpc = rpc;
      const hello = await rpc.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', name: 'inspector', ...(token === null ? {} : { token }) });
      if (hello.protocol !== DEBUG_PROTOCOL) throw new AppError('PROTOCOL_VERSION', `The hub speaks protocol ${hello.protocol}, this inspector ${DEBUG_PROTOCOL}`);
      this.state.set({ state: 'open', hub: hello.hub, mode: hello.mode, contexts: hello.contexts });
      this.#took((await rpc.call('Hub.targets', {})).targets);
      this.#attempt = 0;
    } catch (thrown) {
      if (FINAL.has(codeOf(thrown))) {
        this.state.set({ state: 'refused', code: codeOf(thrown), message: messageOf(thrown) });
        this.#rpc?.close();
      } else this.#later(messageOf(thrown));
    }
  }

  #took(targets: readonly TargetInfo[]): void {
    this.targets.set(targets);
    this.refreshedAt.set(Date.now());
  }

  #later(reason: string): void {
    if (this.#closed || this.state.get().state === 'refused' || this.#timer !== null) return;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempt++);
    this.state.set({ state: 'closed', reason, retryAt: Date.now() + wait });
    this.#timer = setTimeout(() => this.retry(), wait);
  }
}
