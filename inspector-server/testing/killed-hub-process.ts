// A hub for a test to kill: `node killed-hub-process.ts DATA_DIR PORT` prints its port and runs until it is killed.
import { startHub } from '../index.ts';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const hub = await startHub({ dataDir, port: Number(port) });
console.log(hub.port);
setInterval(() => undefined, 60_000);
