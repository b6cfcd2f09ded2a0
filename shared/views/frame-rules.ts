import type { Frame } from './frames.ts';
import type { FrameState } from './exchanges.ts';

// Which rules of the spec a frame served, and what each of them did for it.

export interface ServedRule {
  readonly id: string;
  readonly text: string;
}

const rule = (id: string, text: string): ServedRule => ({ id, text });

const BY_TYPE: { readonly [type: string]: readonly ServedRule[] } = {
  HELLO: [rule('IS4', 'The server checks who it is'), rule('SY6', 'One socket for each endpoint')],
  AUTH: [rule('IS4', 'The session is renewed on the open socket')],
  WELCOME: [rule('IS4', 'The memberships that the server knows'), rule('CF5', 'The server’s clock is learnt')],
  MEMBERSHIP: [rule('IS4', 'Granted and revoked contexts'), rule('PR4', 'Only a revocation forgets')],
  ACTIVATE_CONTEXT: [rule('IS4', 'Membership is checked at each activation'), rule('SY7', 'Names the log that the partition is built from')],
  CONTEXT_ACTIVATED: [rule('IS4', 'Membership was checked'), rule('SY5', 'The digest is compared')],
  DEACTIVATE_CONTEXT: [rule('LC5', 'The server is told before the file is closed')],
  CONTEXT_DEACTIVATED: [rule('LC3', 'The server sends nothing of it any more')],
  PUSH: [rule('SY2', 'A local write lands exactly once'), rule('OB2', 'On the disk before it leaves'), rule('OB5', 'One transaction on the server')],
  PUSH_RESULT: [rule('SY2', 'A local write lands exactly once'), rule('OB3', 'The change itself settles it, not the answer')],
  APPLIED: [rule('SY6', 'Lets the server send more'), rule('SY8', 'Repeated with each PING')],
  FETCH_LOG: [rule('SY1', 'Asks for what is missing')],
  LOG: [rule('SY1', 'Fills what was missing')],
  CONFLICT_RESOLVED: [rule('CF4', 'Tells of a conflict that pushes nothing')],
  PING: [rule('SY8', 'Finds a dead socket')],
  PONG: [rule('SY8', 'The socket is alive')],
  SNAPSHOT: [rule('SY4', 'A new generation beside the current one')],
};

const BY_CODE: { readonly [code: string]: ServedRule } = {
  UNAUTHENTICATED: rule('IS4', 'The token is not taken'),
  FORBIDDEN: rule('IS4', 'No member of this context'),
  UNKNOWN_CONTEXT: rule('IS4', 'No member of this context'),
  NOT_ACTIVE: rule('IS3', 'The activation is not under way'),
  STALE_ACTIVATION: rule('IS3', 'Refused by the fence of the activation'),
  SCHEMA_AHEAD: rule('MG4', 'The context needs a later app'),
  CLOCK_SKEW: rule('CF5', 'The stamp is too far ahead'),
  COMPACTED: rule('SV3', 'The log does not reach back so far'),
};

const STALE = rule('IS3', 'Of an ended activation: dropped, counted, told');

/** All of them, the first one first. */
export function rulesOf(frame: Pick<Frame, 'type' | 'code' | 'mode' | 'outcome'>, state: FrameState, own: boolean): readonly ServedRule[] {
  const usual = BY_TYPE[frame.type] ?? [];
  if (state === 'stale') return [STALE, ...(frame.type === 'DELTA' ? [rule('SY1', 'localVersion stays as it is')] : usual)];
  switch (frame.type) {
    case 'DELTA':
      if (state === 'waiting') return [rule('SY1', 'Held back until the gap is filled')];
      return own ? [rule('SY3', 'Own writes come back in the one order'), rule('OB3', 'It settles the write that it names'), rule('SY1', 'Applied whole, in order')] : [rule('SY1', 'Applied whole, in order, without overlap'), rule('SY5', 'The digest is compared')];
    case 'CONTEXT_ACTIVATED':
      if (frame.mode === 'snapshot') return [rule('SY4', 'A snapshot comes as a new generation'), ...usual];
      return frame.mode === 'reset' ? [rule('SY7', 'A restored log is another log'), ...usual] : usual;
    case 'PUSH_RESULT': {
      const { conflict = 0, rejected = 0 } = frame.outcome ?? {};
      return [...(rejected > 0 ? [rule('OB7', 'Refused writes are kept as conflicts')] : []), ...(conflict > 0 ? [rule('CF1', 'Compared and set; the device settles it')] : []), ...usual];
    }
    case 'ERROR':
      return [BY_CODE[frame.code] ?? rule('SY8', 'An answer that says why not')];
    default:
      return state === 'lost' && frame.type === 'PUSH' ? [rule('SY8', 'What got no answer is sent again, unchanged'), ...usual] : usual;
  }
}

export const ruleOf = (...args: Parameters<typeof rulesOf>): string => rulesOf(...args)[0]?.id ?? '';
