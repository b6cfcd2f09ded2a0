import type { PlacedEvent } from './event-queries.ts';
import { formatCount, plural } from './format.ts';
import { frameOf, type Frame } from './frames.ts';
import { ruleOf } from './frame-rules.ts';

// Which frame answers which, and what became of each. The wire says it with ids; recordings from before it did are paired in order.

export type FrameState = 'done' | 'plain' | 'waiting' | 'lost' | 'conflict' | 'refused' | 'stale';

/** A frame with its part in an exchange. */
export interface WireFrame extends Frame {
  /** The place of the first frame of its exchange: its own where it stands alone. */
  readonly exchange: number;
  readonly state: FrameState;
  readonly status: string;
  /** Until the answer came, or until a change was applied; null: neither. */
  readonly latencyMs: number | null;
  /** Asked, and neither answered nor given up yet. */
  readonly isOpen: boolean;
  /** How many of a delta's changes were this device's. */
  readonly own: number;
  /** The spec's rule that it served in the first place. */
  readonly rule: string;
}

interface Draft {
  readonly frame: Frame;
  exchange: Draft[];
  state: FrameState;
  status: string;
  latencyMs: number | null;
  isOpen: boolean;
  own: number;
}

/** The kind of exchange that a type begins. */
const ASKS: { readonly [type: string]: string } = { PUSH: 'push', ACTIVATE_CONTEXT: 'on', DEACTIVATE_CONTEXT: 'off', FETCH_LOG: 'log', HELLO: 'hello', AUTH: 'hello', PING: 'ping' };
/** And that one answers. */
const ANSWERS: { readonly [type: string]: string } = { PUSH_RESULT: 'push', CONTEXT_ACTIVATED: 'on', CONTEXT_DEACTIVATED: 'off', LOG: 'log', WELCOME: 'hello', PONG: 'ping' };
/** Those that are named by their activation. */
const BY_ACTIVATION: ReadonlySet<string> = new Set(['on', 'off']);

function keyOf(kind: string, { contextId, activationId, endpoint, ask }: Frame): string {
  if (kind === 'hello' || kind === 'ping') return JSON.stringify([kind, endpoint, kind === 'ping' ? ask : null]);
  return JSON.stringify([kind, contextId, BY_ACTIVATION.has(kind) ? activationId : ask]);
}

/** What is known of one context while its frames are walked through. */
interface Known {
  local: number | null;
  /** Deltas and logs that nothing was heard of yet. */
  waiting: Draft[];
  /** What closed an activation: late frames of it belong there. */
  readonly closing: Map<string, Draft>;
}

class Walk {
  readonly drafts: Draft[] = [];
  readonly #open = new Map<string, Draft[]>();
  readonly #answered = new Map<string, Draft>();
  readonly #contexts = new Map<string, Known>();

  take(event: PlacedEvent): void {
    const frame = frameOf(event);
    if (frame !== null) return this.#frame(frame, event.durationMs ?? null);
    if (event.kind === 'delta') return this.#applied(event);
    if (event.kind === 'stale') return this.#stale(event);
    if (event.kind === 'snapshot' && event.data['step'] === 'adopted' && event.toVersion !== undefined) return this.#adopted(event.contextId ?? '', event.toVersion);
    if (event.kind === 'connection' && event.contextId === undefined && event.data['state'] === 'closed') this.#closed(event.data['endpoint']);
  }

  #known(contextId: string): Known {
    let known = this.#contexts.get(contextId);
    if (known === undefined) this.#contexts.set(contextId, (known = { local: null, waiting: [], closing: new Map() }));
    return known;
  }

  #frame(frame: Frame, durationMs: number | null): void {
    const draft: Draft = { frame, exchange: [], state: 'plain', status: '', latencyMs: null, isOpen: false, own: 0 };
    draft.exchange.push(draft);
    this.drafts.push(draft);
    const asks = frame.direction === 'out' ? ASKS[frame.type] : undefined;
    const answers = frame.direction === 'in' ? ANSWERS[frame.type] : undefined;
    if (asks !== undefined) this.#asked(draft, asks);
    else if (answers !== undefined) this.#answer(draft, answers);
    else if (frame.type === 'ERROR') this.#refused(draft);
    else if (frame.type === 'DELTA') this.#delta(draft);
    else if (frame.type === 'SNAPSHOT') {
      draft.latencyMs = durationMs;
      draft.state = frame.code === '' ? 'done' : 'refused';
      draft.status = frame.code === '' ? 'Checked, staged' : frame.code;
    } else if (frame.type === 'APPLIED' && frame.toVersion !== null) draft.status = `Up to ${formatCount(frame.toVersion)}`;
  }

  #asked(draft: Draft, kind: string): void {
    const { frame } = draft;
    const key = keyOf(kind, frame);
    const open = this.#open.get(key);
    draft.isOpen = true;
    draft.state = 'waiting';
    draft.status = 'Waiting';
    if (kind === 'on') {
      // What was held back for the answer before is asked for again.
      this.#letGo(frame.contextId);
      if (frame.fromVersion !== null) this.#known(frame.contextId).local = frame.fromVersion;
    }
    if (kind === 'off') {
      this.#known(frame.contextId).closing.set(frame.activationId, draft);
      this.#overtaken(frame);
    }
    // Without an id of its own, two under way are two; with one it is the same, sent again (SY8).
    const before = frame.ask !== null || BY_ACTIVATION.has(kind) ? open?.at(-1) : undefined;
    if (before !== undefined) {
      Object.assign(before, { isOpen: false, state: 'lost', status: 'No answer, sent again' });
      join(before, draft);
    }
    if (open === undefined) this.#open.set(key, [draft]);
    else open.push(draft);
  }

  /** A context that is closed waits for no activation any more. */
  #overtaken(frame: Frame): void {
    for (const asked of this.#open.get(keyOf('on', frame)) ?? []) if (asked.isOpen) Object.assign(asked, { isOpen: false, state: 'plain', status: 'Overtaken' });
    this.#open.delete(keyOf('on', frame));
  }

  #answer(draft: Draft, kind: string): void {
    const { frame } = draft;
    const key = keyOf(kind, frame);
    const open = this.#open.get(key) ?? [];
    const named = frame.ask !== null || BY_ACTIVATION.has(kind);
    const asked = named ? open.at(-1) : open.shift();
    if (named || open.length === 0) this.#open.delete(key);
    Object.assign(draft, answerState(frame));
    if (asked === undefined) {
      const first = this.#answered.get(key);
      if (first === undefined || !named) return;
      join(first, draft);
      Object.assign(draft, { state: 'plain', status: 'Came twice, no effect' });
      return;
    }
    join(asked, draft);
    asked.isOpen = false;
    asked.latencyMs = draft.latencyMs = Math.max(0, frame.at - asked.frame.at);
    asked.state = draft.state;
    asked.status = kind === 'off' || kind === 'ping' || kind === 'hello' ? (kind === 'off' ? 'Confirmed' : 'Answered') : draft.status;
    this.#answered.set(key, draft);
    if (kind === 'off') for (const push of this.#openOf(frame.contextId, 'push')) Object.assign(push, { isOpen: false, state: 'lost', status: 'No answer, stays in the outbox' });
    if (kind === 'log') this.#known(frame.contextId).waiting.push(draft);
  }

  *#openOf(contextId: string, kind: string): Generator<Draft> {
    for (const [key, open] of this.#open) {
      if (open[0]?.frame.contextId !== contextId || (JSON.parse(key) as unknown[])[0] !== kind) continue;
      this.#open.delete(key);
      yield* open;
    }
  }

  #refused(draft: Draft): void {
    const { frame } = draft;
    Object.assign(draft, { state: 'refused', status: frame.code || 'Refused' });
    const byId = frame.ask === null ? undefined : this.#open.get(keyOf('log', frame))?.at(-1);
    const asked = byId ?? (frame.contextId === '' ? this.#open.get(keyOf('hello', frame))?.at(-1) : (this.#open.get(keyOf('on', frame))?.at(-1) ?? [...this.#openOf(frame.contextId, 'push')].at(-1)));
    if (asked === undefined || !asked.isOpen) return;
    join(asked, draft);
    asked.latencyMs = draft.latencyMs = Math.max(0, frame.at - asked.frame.at);
    Object.assign(asked, { isOpen: false, state: 'refused', status: draft.status });
    for (const [key, open] of this.#open) if (open.includes(asked)) this.#open.delete(key);
  }

  #delta(draft: Draft): void {
    const { frame } = draft;
    const known = this.#known(frame.contextId);
    draft.status = 'Received';
    if (known.local !== null && frame.toVersion !== null && frame.toVersion <= known.local) draft.status = 'Overlap, ignored';
    else known.waiting.push(draft);
  }

  /** SY1: a delta was applied: the frame that brought it is done, what it overlaps was there already. */
  #applied(event: PlacedEvent): void {
    const known = this.#known(event.contextId ?? '');
    const to = event.toVersion ?? 0;
    known.local = to;
    let found = false;
    known.waiting = known.waiting.filter((draft) => {
      const { frame } = draft;
      if (frame.toVersion !== null && frame.toVersion > to) return true;
      const own = typeof event.data['own'] === 'number' ? event.data['own'] : 0;
      // Without versions the first that waits is the one.
      if (found || (frame.toVersion !== null && frame.toVersion < to)) {
        if (frame.toVersion === null) return true;
        draft.status = 'Overlap, ignored';
        return false;
      }
      found = true;
      const took = event.durationMs ?? Math.max(0, event.at - frame.at);
      Object.assign(draft, { state: 'done', own, status: own === 0 ? 'Applied' : own === 1 ? 'Applied, own' : `Applied, ${formatCount(own)} own` });
      if (frame.type === 'DELTA') draft.latencyMs = took;
      return false;
    });
  }

  #adopted(contextId: string, version: number): void {
    const known = this.#known(contextId);
    known.local = version;
    known.waiting = known.waiting.filter((draft) => {
      if ((draft.frame.toVersion ?? 0) > version) return true;
      draft.status = 'In the snapshot';
      return false;
    });
  }

  #letGo(contextId: string): void {
    const known = this.#known(contextId);
    for (const draft of known.waiting) if (draft.frame.type === 'DELTA') Object.assign(draft, { state: 'lost', status: 'Let go, asked for again' });
    known.waiting = [];
  }

  /** IS3. Frames that wait for their turn behind each other are dropped in a row, so the newest unmarked one will do. */
  #stale(event: PlacedEvent): void {
    const { what, type, got } = event.data;
    if (what !== 'frame') return;
    const draft = this.drafts.findLast((one) => one.frame.direction === 'in' && one.frame.type === type && one.frame.contextId === event.contextId && one.state !== 'stale' && (typeof got !== 'string' || one.frame.activationId === got));
    if (draft === undefined) return;
    const known = this.#known(draft.frame.contextId);
    known.waiting = known.waiting.filter((one) => one !== draft);
    Object.assign(draft, { state: 'stale', status: 'Dropped, stale', latencyMs: null });
    const closing = known.closing.get(draft.frame.activationId);
    if (closing !== undefined && draft.exchange.length === 1) join(closing, draft);
  }

  #closed(endpoint: unknown): void {
    const isIts = (draft: Draft | undefined): boolean => draft !== undefined && (draft.frame.endpoint === '' || draft.frame.endpoint === endpoint);
    for (const [key, open] of this.#open) {
      if (!isIts(open[0])) continue;
      for (const draft of open) if (draft.isOpen) Object.assign(draft, { isOpen: false, state: 'lost', status: 'No answer, socket closed' });
      this.#open.delete(key);
    }
  }

  end(): readonly WireFrame[] {
    for (const { local, waiting } of this.#contexts.values()) {
      for (const draft of waiting) {
        const from = draft.frame.fromVersion;
        if (draft.frame.type === 'DELTA' && local !== null && from !== null && from > local) Object.assign(draft, { state: 'waiting', status: `Waits for ${formatCount(local + 1)}` });
      }
    }
    return this.drafts.map(({ frame, exchange, state, status, latencyMs, isOpen, own }) => ({
      ...frame,
      exchange: exchange[0]?.frame.place ?? frame.place,
      state,
      status,
      latencyMs,
      isOpen,
      own,
      rule: ruleOf(frame, state, own > 0),
    }));
  }
}

/** One exchange for both: the one that began it. */
function join(asked: Draft, draft: Draft): void {
  asked.exchange.push(draft);
  draft.exchange = asked.exchange;
}

function answerState(frame: Frame): { state: FrameState; status: string } {
  const { outcome } = frame;
  switch (frame.type) {
    case 'PUSH_RESULT': {
      if (outcome === null) return { state: 'done', status: 'Answered' };
      const parts = [
        outcome.applied > 0 ? `${formatCount(outcome.applied)} applied` : '',
        outcome.conflict > 0 ? plural(outcome.conflict, 'conflict') : '',
        outcome.rejected > 0 ? `${formatCount(outcome.rejected)} rejected` : '',
      ];
      const state = outcome.rejected > 0 ? 'refused' : outcome.conflict > 0 ? 'conflict' : 'done';
      return { state, status: parts.filter((part) => part !== '').join(', ') || 'Nothing to do' };
    }
    case 'CONTEXT_ACTIVATED':
      return { state: 'done', status: frame.mode === '' ? 'Activated' : `Mode ${frame.mode}` };
    case 'CONTEXT_DEACTIVATED':
      return { state: 'done', status: 'Confirmed' };
    case 'LOG':
      return { state: 'done', status: frame.changes === null ? 'Answered' : plural(frame.changes, 'change') };
    default:
      return { state: 'done', status: frame.type === 'WELCOME' ? 'Session open' : 'Answer' };
  }
}

/** Frames in order, each with what became of it by the end of these events. */
export function exchangesOf(events: readonly PlacedEvent[]): readonly WireFrame[] {
  const walk = new Walk();
  for (const event of events) walk.take(event);
  return walk.end();
}
