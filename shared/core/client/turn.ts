import type { Json } from '../../base/json.ts';
import type { CoreEvent } from '../events.ts';
import type { ContextId } from '../ids.ts';
import type { RegistryRow } from '../registry-row.ts';
import type { ContextInput } from '../context/messages.ts';
import type { ClientEffect, ClientEnv, ClientOutput } from './messages.ts';
import { wantsIdleWork, type Activation, type ClientState, type EndpointState } from './state.ts';

/** The making of one step of the client. Lives for one step only. */
export class ClientTurn {
  state: ClientState;
  readonly env: ClientEnv;
  readonly #effects: ClientEffect[] = [];
  readonly #put = new Map<ContextId, RegistryRow>();
  readonly #remove = new Set<ContextId>();
  #durable = false;

  constructor(state: ClientState, env: ClientEnv) {
    this.state = state;
    this.env = env;
  }

  newId(): string {
    const { idPrefix, nextId } = this.state;
    this.state = { ...this.state, nextId: nextId + 1 };
    return `${idPrefix}${nextId.toString(36)}`;
  }

  row(contextId: ContextId): RegistryRow | undefined {
    return this.state.rows.get(contextId);
  }

  /** Changes a registry row. `durable`: on disk before the effects of this step. */
  setRow(row: RegistryRow, durable = false): void {
    this.state = { ...this.state, rows: this.state.rows.set(row.contextId, row) };
    this.#setWanting(row.contextId, wantsIdleWork(row));
    this.#put.set(row.contextId, row);
    this.#remove.delete(row.contextId);
    this.#durable ||= durable;
  }

  removeRow(contextId: ContextId): void {
    this.state = { ...this.state, rows: this.state.rows.delete(contextId) };
    this.#setWanting(contextId, false);
    this.#put.delete(contextId);
    this.#remove.add(contextId);
    this.#durable = true;
  }

  #setWanting(contextId: ContextId, wants: boolean): void {
    const { [contextId]: wanted, ...rest } = this.state.wanting;
    if ((wanted === true) === wants) return;
    this.state = { ...this.state, wanting: wants ? { ...this.state.wanting, [contextId]: true } : rest };
  }

  activation(contextId: ContextId): Activation | undefined {
    return this.state.activations[contextId];
  }

  setActivation(contextId: ContextId, activation: Activation | null): void {
    if (activation !== null) {
      this.state = { ...this.state, activations: { ...this.state.activations, [contextId]: activation } };
      return;
    }
    const { [contextId]: _, ...rest } = this.state.activations;
    this.state = { ...this.state, activations: rest };
  }

  endpoint(url: string): EndpointState | undefined {
    return this.state.endpoints[url];
  }

  setEndpoint(endpoint: EndpointState): void {
    this.state = { ...this.state, endpoints: { ...this.state.endpoints, [endpoint.url]: endpoint } };
  }

  effect(effect: ClientEffect): void {
    this.#effects.push(effect);
  }

  toContext(contextId: ContextId, input: ContextInput): void {
    this.#effects.push({ type: 'to-context', contextId, input });
  }

  answer(callId: string, result: Json): void {
    this.#effects.push({ type: 'answer', callId, result });
  }

  refuse(callId: string, code: string, message: string): void {
    this.#effects.push({ type: 'refuse', callId, error: { code, message } });
  }

  event(event: CoreEvent): void {
    this.#effects.push({ type: 'event', event });
  }

  finish(): ClientOutput<ClientState> {
    const changed = this.#put.size > 0 || this.#remove.size > 0;
    const commit = changed ? { put: [...this.#put.values()], remove: [...this.#remove], durable: this.#durable } : null;
    return { state: this.state, commit, effects: this.#effects };
  }
}
