import { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import type { DebugEvent, EventParams, MethodName, RegistryEntry, ResultOf } from '../../shared/protocol/debug/index.ts';

/** Methods that are about the client as a whole, or about files without a context: no limited session may call them. */
const WHOLE_CLIENT: ReadonlySet<MethodName> = new Set<MethodName>([
  'Registry.removeFile',
  'Recorder.status',
  'Recorder.start',
  'Recorder.stop',
  'Recorder.preview',
  'Recorder.lines',
  'Recorder.export',
  'Hub.recordings',
  'Hub.reports',
  'Hub.openReport',
  'Hub.audit',
  'Hub.sessions',
  'Hub.pairing',
]);

const HIDDEN = '…';

/** What a session that is limited to some contexts may ask, and what it may see of the answers: no event, row, count or name of another. */
export class ContextLimit {
  readonly #allowed: ReadonlySet<string>;
  readonly #names: () => ReadonlyMap<string, string>;
  #size = -1;
  #pattern: RegExp | null = null;

  /** `names`: ids and titles of every context that the client ever named, each with the context it belongs to. */
  constructor(allowed: readonly string[], names: () => ReadonlyMap<string, string>) {
    this.#allowed = new Set(allowed);
    this.#names = names;
  }

  get contexts(): readonly string[] {
    return [...this.#allowed];
  }

  allows(contextId: string | undefined): boolean {
    return contextId !== undefined && this.#allowed.has(contextId);
  }

  /** Throws for a call about another context. It is the same error whether there is such a context or not. */
  checkCall(method: MethodName, params: unknown): void {
    const { contextId, contexts, conditions } = params as { contextId?: string; contexts?: string[]; conditions?: { contexts?: string[] } | null };
    const isOther = (contextId !== undefined && !this.allows(contextId)) || contexts?.some((id) => !this.allows(id)) === true;
    if (WHOLE_CLIENT.has(method) || isOther) this.#refuse(method);
    if (method !== 'Network.emulate') return;
    const named = conditions?.contexts ?? [];
    if (named.length === 0 || named.some((id) => !this.allows(id))) this.#refuse(method);
  }

  /** The part of an answer that may be seen. */
  result<M extends MethodName>(method: M, result: ResultOf<M>): ResultOf<M> {
    return this.#scrub(this.#part(method, result)) as ResultOf<M>;
  }

  /** The event, or null. One that names no context tells about all of them. */
  event(event: DebugEvent): DebugEvent | null {
    return this.allows(event.contextId) ? (this.#scrub(event) as DebugEvent) : null;
  }

  entries(entries: readonly RegistryEntry[]): RegistryEntry[] {
    return entries.filter(({ row }) => this.allows(row.contextId)).map((entry) => this.#scrub(entry) as RegistryEntry);
  }

  changed({ entries, removed }: EventParams<'Registry.changed'>): EventParams<'Registry.changed'> | null {
    const seen = { entries: this.entries(entries), removed: removed.filter((id) => this.allows(id)) };
    return seen.entries.length + seen.removed.length === 0 ? null : seen;
  }

  /** An error of the client, without the names in it. What it says in numbers, as the oldest version there is, is about the context that was asked for. */
  error(error: AppError): AppError {
    const numbers = Object.fromEntries(Object.entries(error.details).filter(([, value]) => typeof value === 'number'));
    return new AppError(error.code, this.#clean(error.message), { details: numbers });
  }

  #part(method: MethodName, result: unknown): unknown {
    switch (method) {
      case 'Registry.list': {
        const { entries, at } = result as ResultOf<'Registry.list'>;
        return { entries: entries.filter(({ row }) => this.allows(row.contextId)), at };
      }
      case 'Registry.check': {
        const { findings, at } = result as ResultOf<'Registry.check'>;
        return { findings: findings.filter(({ contextId }) => this.allows(contextId)), at };
      }
      case 'Registry.files':
        return { files: (result as ResultOf<'Registry.files'>).files.filter(({ contextId }) => this.allows(contextId)) };
      case 'Migration.status': {
        const { appVersion, contexts } = result as ResultOf<'Migration.status'>;
        return { appVersion, contexts: contexts.filter(({ contextId }) => this.allows(contextId)) };
      }
      case 'Network.conditions':
      case 'Network.emulate': {
        const { conditions } = result as ResultOf<'Network.emulate'>;
        const named = conditions?.contexts?.filter((id) => this.allows(id)) ?? [];
        const seen = conditions !== null && named.length > 0 ? { ...conditions, contexts: named } : null;
        return method === 'Network.emulate' ? { conditions: seen } : { conditions: seen, endpoints: [] };
      }
      case 'Telemetry.get': {
        const { at, startedAt, contexts } = result as ResultOf<'Telemetry.get'>;
        return { at, startedAt, contexts: contexts.filter(({ contextId }) => typeof contextId === 'string' && this.allows(contextId)), client: {} };
      }
      case 'Context.explain': {
        const { why, notPruned, ...rest } = result as ResultOf<'Context.explain'>;
        return { ...rest, why: why.map(unnumbered), notPruned: notPruned.map(unnumbered) };
      }
      case 'Context.stressSwitch': {
        const { broken, ...rest } = result as ResultOf<'Context.stressSwitch'>;
        return { ...rest, broken: broken.map(unnumbered) };
      }
      case 'Hub.targets': {
        const { targets } = result as ResultOf<'Hub.targets'>;
        return { targets: targets.map(({ recordingFile: _file, ...target }) => ({ ...target, recordingBytes: 0 })) };
      }
      default:
        return result;
    }
  }

  /** Free text can name what the structure does not: a reason, an error, a file. Names of other contexts in it are blotted out. */
  #scrub(value: unknown): unknown {
    if (typeof value === 'string') return this.#clean(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#scrub(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#clean(key), this.#scrub(item as Json)]));
  }

  #clean(text: string): string {
    const names = this.#names();
    if (names.size !== this.#size) {
      this.#size = names.size;
      const others = [...names].filter(([name, owner]) => !this.#allowed.has(owner) && !this.#allowed.has(name)).map(([name]) => name).sort((a, b) => b.length - a.length);
      this.#pattern = others.length === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${others.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|')})(?![\\p{L}\\p{N}_-])`, 'gu');
    }
    return this.#pattern === null ? text : text.replaceAll(this.#pattern, HIDDEN);
  }

  #refuse(method: MethodName): never {
    throw new AppError('NOT_PERMITTED', `This session is limited to ${[...this.#allowed].join(', ')}: it cannot call ${method} beyond that`);
  }
}

/** Numbers of the client's events count those of all contexts. */
const unnumbered = <T extends { readonly eventSeq?: number | undefined }>({ eventSeq: _eventSeq, ...rest }: T): Omit<T, 'eventSeq'> => rest;
