import { argv, stdout } from 'node:process';
import { createContextClient } from '../index.ts';
import { nodePlatform } from '../platform/node/index.ts';
import { clinicSchema } from './clinic-schema.ts';

// A client in a process of its own: writes without end, and prints a line for each write that was acknowledged. It is there to be killed.
// writer-process.ts DIR ENDPOINT TOKEN FROM DEVICE

const [dir, endpoint, token, from, deviceId] = argv.slice(2) as [string, string, string, string, string];
const client = createContextClient({
  platform: await nodePlatform({ dir }),
  deviceId,
  auth: { userId: 'amelie', token: () => token },
  endpoints: [endpoint],
  schema: clinicSchema,
  app: 'writer',
});
let n = Number(from);
// Every other run begins with the other context.
const contexts = (n / 100_000) % 2 === 0 ? ['clinic-a', 'clinic-b'] : ['clinic-b', 'clinic-a'];
for (let round = 0; ; round++) {
  const contextId = contexts[round % contexts.length] as string;
  const handle = await client.switchTo(contextId);
  for (let batch = 0; batch < 4; batch++) {
    const made = Array.from({ length: 5 }, () => n++);
    await Promise.all(made.map((id) => handle.put('visit', `v-${id}`, { at: id, text: `${contextId} ${id}` }).then(() => void stdout.write(`${contextId} ${id}\n`))));
    // Written over and over as well: the same row in every state that an outbox knows.
    await handle.put('patient', 'p-1', { name: `n-${n}` });
    stdout.write(`${contextId} p ${n}\n`);
  }
  // Now and then the partition is built again, so that some kills fall into a swap.
  if (round % 3 === 2) await client.replay(contextId).catch(() => undefined);
}
