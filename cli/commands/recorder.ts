import { Argument, Command } from 'commander';
import { commandId } from '../command-id.ts';
import { withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, time } from '../output.ts';

export function recorderCommand(): Command {
  const command = new Command('recorder')
    .description("Show how a client's flight recorder stands, or turn it on or off")
    .argument('<client>')
    .addArgument(new Argument('[state]', 'turn it on, or off; what was recorded stays').choices(['on', 'off']));
  return examples(withJson(withHub(command)), ['recorder tablet-amelie', 'recorder tablet-amelie on']).action(async (wanted: string, state: 'on' | 'off' | undefined, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      if (state === 'on') await client.call('Recorder.start', { commandId: commandId() });
      if (state === 'off') await client.call('Recorder.stop', { commandId: commandId() });
      const status = await client.call('Recorder.status', {});
      if (flags.json === true) return printJson(status);
      const { on, segments, bytes: size, limitBytes, oldestAt } = status;
      print(`The flight recorder is ${on ? 'on' : 'off'}: ${bytes(size)} of ${bytes(limitBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}${oldestAt === null ? '' : `, back to ${time(oldestAt)}`}`);
    });
  });
}
