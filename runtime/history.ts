import type { Json } from '../shared/base/json.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import type { HistoryPage } from './control.ts';
import type { ConnectionOptions, Reach } from './server-connection.ts';
import { compacted, ServerReader, type LogRequest } from './server-reader.ts';

/** A page of the server's log of a context, dormant or not, over a connection of its own. Rejects with `COMPACTED` and the oldest version there is. */
export async function readHistory(reach: Reach, row: RegistryRow, schemaVersion: number, request: LogRequest, options: ConnectionOptions): Promise<HistoryPage> {
  const server = await ServerReader.open(reach, row.endpoint, row.contextId, options);
  try {
    const { horizon } = await server.log(schemaVersion);
    if (request.fromVersion < horizon) throw compacted(horizon);
    const page = await server.page(request);
    return { changes: page.changes as unknown as readonly Json[], more: page.more, horizon: page.horizon };
  } finally {
    server.close();
  }
}
