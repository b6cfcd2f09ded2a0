// `node inspector-server/testing/serve-scripted.ts [--port N] [--data-dir DIR] [--quiet]`: a hub with a scripted client, for work on
// the page. Prints the link; Ctrl-C ends it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startHub } from '../index.ts';
import { ScriptedAgent } from './scripted-agent.ts';
import { ScriptedSession } from './scripted-session.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9339' }, 'data-dir': { type: 'string' }, origin: { type: 'string', multiple: true, default: [] }, quiet: { type: 'boolean', default: false } } });

const hub = await startHub({
  dataDir: values['data-dir'] ?? join(mkdtempSync(join(tmpdir(), 'contextscope-scripted-')), 'data'),
  port: Number(values.port),
  origins: values.origin,
  log: (line) => console.log(line),
});
const session = new ScriptedSession(Date.now());
const history = session.history(Date.now(), 25);
const agent = await ScriptedAgent.connect(hub.agentUrl, { session, client: { clientId: 'k-rounds', runId: 'r-1', deviceId: 'chrome-amelie' } });
agent.emit(history);
agent.changed([...session.entries.keys()]);
await ScriptedAgent.connect(hub.agentUrl, { client: { clientId: 'k-node', title: 'nightly-export', deviceId: 'amelie-laptop', app: 'Exports 1.3.2' } });
const gone = await ScriptedAgent.connect(hub.agentUrl, { client: { clientId: 'k-ipad', title: 'Rounds for iPad', type: 'phone', deviceId: 'ipad-ward-3' } });
gone.emit(new ScriptedSession(Date.now(), 9).history(Date.now(), 5));
setTimeout(() => gone.close(), 500);
console.log(hub.newLink());
const timer = setInterval(() => {
  const { drafts, contexts } = session.step(Date.now());
  agent.emit(drafts);
  agent.changed(contexts);
}, values.quiet ? 3_600_000 : 700);
process.on('SIGINT', () => {
  clearInterval(timer);
  void hub.close().then(() => process.exit());
});
