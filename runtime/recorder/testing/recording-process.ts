import { systemClock, xxHash64 } from '../../platform/node/index.ts';
import { NodeAppendFiles } from '../../platform/node/node-append-files.ts';
import { FlightRecorder } from '../index.ts';
import { ABOUT, emptyClient } from './parts.ts';

// Started by a test and killed by it: records 5,000 events a second, and says which were on the disk when.

const recorder = new FlightRecorder({ files: new NodeAppendFiles(process.argv[2] ?? ''), clock: systemClock, hash: await xxHash64(), about: ABOUT, limits: { bytes: 1_048_576, ageMs: 900_000 }, failed: (message) => console.error(message) });
recorder.start({ client: emptyClient(), contexts: [], seq: 0 });
let seq = 0;
setInterval(() => {
  for (let i = 0; i < 25; i++) {
    seq++;
    recorder.event({ seq, at: Date.now(), kind: 'write', contextId: 'clinic-a', data: { op: 'put', text: 'é'.repeat(seq % 50) } });
  }
}, 5);
setInterval(() => {
  recorder.flush();
  process.stdout.write(`${seq}\n`);
}, 100);
