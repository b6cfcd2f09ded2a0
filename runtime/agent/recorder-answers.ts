import { AppError } from '../../shared/base/app-error.ts';
import type { ParamsOf, ResultOf } from '../../shared/protocol/debug/index.ts';
import type { ControlPort } from '../control.ts';
import type { Answers } from './answers.ts';
import { base64 } from './base64.ts';
import type { ValuePolicy } from './masking.ts';

/** Divisible by three, so that the chunks' texts put together are the text of the whole. */
const CHUNK = 786_432;

/** Recorder.*: a recording holds values, so it leaves the device only where the agent's policy lets them. */
export function recorderAnswers({ recorder }: ControlPort, policy: ValuePolicy): Answers {
  /** One export is read in several calls; it is let go with its last chunk, or when another one starts. */
  let bytes: Uint8Array | null = null;
  return {
    'Recorder.status': () => recorder.status(),
    'Recorder.start': async () => {
      await recorder.start();
      return {};
    },
    'Recorder.stop': () => {
      recorder.stop();
      return {};
    },
    // Steps hold values: where those stay on the device there is nothing to follow.
    ...(policy === 'full' ? { 'Recorder.lines': (place) => linesBehind(recorder, place) } : {}),
    'Recorder.preview': () => ({ ...recorder.preview(), redactions: [] }),
    'Recorder.export': ({ offset }) => {
      if (policy !== 'full') throw new AppError('MASKED', 'This client does not let values leave the device, and recordings without them cannot be made yet', { hint: 'Attach to a build whose agent has the value policy full' });
      if (offset === 0) bytes = recorder.export({ values: 'full' });
      if (bytes === null || offset > bytes.length) throw new AppError('BAD_PARAMS', 'An export starts at offset 0');
      const whole = bytes.length;
      const end = Math.min(whole, offset + CHUNK);
      const chunk = base64(bytes.subarray(offset, end));
      if (end === whole) bytes = null;
      return { chunk, nextOffset: end === whole ? null : end, bytes: whole };
    },
  };
}

function linesBehind(recorder: ControlPort['recorder'], { segment, offset }: ParamsOf<'Recorder.lines'>): ResultOf<'Recorder.lines'> {
  const core = recorder.core();
  const part = recorder.linesBehind(segment, offset);
  if (part === null) return { head: '', lines: '', segment, offset, more: false, core };
  const { text: lines, ...place } = part;
  return { ...place, lines, core };
}
