// An agent without our runtime, in plain JavaScript: node example-agent.mjs ws://127.0.0.1:9339/agent
// It tells of two contexts, answers what an inspector asks about them, and moves their versions as if a server had sent changes.
const [url = 'ws://127.0.0.1:9339/agent'] = process.argv.slice(2);
const startedAt = Date.now();
const contexts = new Map(['red', 'blue'].map((id) => [id, { id, lifecycle: 'dormant', since: startedAt, version: 100 }]));
const done = new Map(); // DB2: answers by commandId, so that a retry does nothing twice
let [kept, seq, sent, credit] = [[], 0, -1, 0]; // `kept`: events that the hub may not have yet
let socket;
const send = (message) => void (socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)));
const fail = (code, message) => { throw Object.assign(new Error(message), { code }); };
const find = (id) => contexts.get(id) ?? fail('UNKNOWN_CONTEXT', `There is no context ${id}`);
const entry = ({ id, lifecycle, since, version }) => ({
  row: { contextId: id, serverId: 'server-1', userId: 'me', title: id, kind: 'tenant', endpoint: 'wss://example', role: 'writer', lifecycle, partition: { present: true, generation: 1, bytes: 4096 }, logId: 'log-1', schemaVersion: 1, localVersion: version, serverVersion: version, pendingWrites: 0, lastAccessAt: since, lastSyncedAt: since, lastError: null, listed: 'yes', quarantine: null },
  status: { contextId: id, lifecycle, since, holders: lifecycle === 'active' ? 1 : 0, conflicts: 0, openConflicts: 0, pending: [] },
});
const methods = {
  'Client.getInfo': () => client, // also the hub's heartbeat
  'Client.enable': () => ({ runId: client.runId, nextSeq: seq }),
  'Registry.list': () => ({ entries: [...contexts.values()].map(entry), at: Date.now() }),
  'Registry.get': ({ contextId }) => entry(find(contextId)),
  'Context.activate': (params, by) => move('Context.activate', params, 'active', by),
  'Context.deactivate': (params, by) => move('Context.deactivate', params, 'dormant', by),
};
const client = { clientId: 'example-agent', runId: `run-${startedAt}`, deviceId: 'device-1', title: 'Example agent', type: 'node', app: 'example 1.0', platform: process.platform, runtimeVersion: '1.0', startedAt, valuePolicy: 'structure', capabilities: Object.keys(methods) };
const tell = (event) => { kept.push({ seq: seq++, at: Date.now(), ...event }); pump(); };
function pump() { // DB4: nothing without credit; what is over the budget goes, is counted, and is said
  const gone = kept.splice(0, Math.max(0, kept.length - 10_000)).filter((event) => event.seq > sent);
  const dropped = gone.length === 0 ? undefined : [{ fromSeq: gone[0].seq, toSeq: gone.at(-1).seq, reason: 'out of credit' }];
  const events = credit > 0 ? kept.filter((event) => event.seq > sent).slice(0, 500) : [];
  if (events.length === 0 && dropped === undefined) return;
  sent = events.at(-1)?.seq ?? dropped[0].toSeq;
  const message = { method: 'Client.events', params: { runId: client.runId, events, dropped } };
  credit -= Buffer.byteLength(JSON.stringify(message));
  send(message);
  pump();
}
function move(method, { commandId, contextId }, lifecycle, by = '') {
  const context = find(contextId);
  if (done.has(commandId)) return done.get(commandId);
  tell({ kind: 'lifecycle', contextId, activationId: `act-${seq}`, data: { from: context.lifecycle, to: lifecycle, reason: 'an inspector asked' } });
  tell({ kind: 'command', contextId, data: { commandId, method, by, outcome: 'done' } });
  Object.assign(context, { lifecycle, since: Date.now() });
  send({ method: 'Registry.changed', params: { entries: [entry(context)], removed: [] } });
  done.set(commandId, lifecycle === 'active' ? { activationId: `act-${seq}`, lifecycle } : { lifecycle, pendingWrites: 0 });
  return done.get(commandId);
}
function dial() {
  socket = Object.assign(new WebSocket(url), { onerror: () => undefined, onclose: () => void setTimeout(dial, 1_000, (credit = 0)) }); // until a hub is there and has said hello, events wait
  socket.onopen = () => send({ id: 1, method: 'Hub.hello', params: { protocol: 1, role: 'agent', client, firstSeq: kept[0]?.seq ?? seq } });
  socket.onmessage = ({ data }) => {
    const { id, method, params = {}, by, result, error } = JSON.parse(data);
    if (error !== undefined) console.error(`${error.code}: ${error.message}`);
    else if (result?.haveSeq !== undefined) [sent, credit] = [result.haveSeq, result.credit]; // the answer to hello
    else if (method === 'Hub.credit') [credit, kept] = [credit + params.bytes, kept.filter((event) => event.seq > sent - 1_000)];
    else if (method !== undefined && id !== undefined) try { send({ id, result: (methods[method] ?? (() => fail('UNSUPPORTED', `${method} is not answered here`)))(params, by) }); } catch (thrown) { send({ id, error: { code: thrown.code ?? 'INTERNAL', message: thrown.message } }); }
    pump();
  };
}
dial();
setInterval(() => [...contexts.values()].filter(({ lifecycle }) => lifecycle === 'active').forEach((context) => { // the app at work
  tell({ kind: 'delta', contextId: context.id, fromVersion: context.version, toVersion: ++context.version, bytes: 480, durationMs: 1, data: { changes: 1, own: 0, serverVersion: context.version } });
  send({ method: 'Registry.changed', params: { entries: [entry(context)], removed: [] } });
}), 250);
