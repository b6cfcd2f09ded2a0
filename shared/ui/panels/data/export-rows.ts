import { codeOf, messageOf } from '../../../base/app-error.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import { newCommandId } from '../../dialogs/actions.ts';
import type { Inspector } from '../../state/inspector.ts';

export interface ExportChoice {
  readonly contextId: string;
  /** Null: all of them. */
  readonly entity: string | null;
  readonly format: 'ndjson' | 'csv';
}

/** Saves rows as a file, chunk by chunk, with its progress and a way to stop it (DB6). */
export async function exportRows(inspector: Inspector, { contextId, entity, format }: ExportChoice): Promise<void> {
  const { session } = inspector;
  const commandId = newCommandId();
  const abort = new AbortController();
  const what = `${contextId.slice(0, 60)}${entity === null ? '' : `, ${entity.slice(0, 60)}`}`;
  const running = inspector.toast({ icon: 'download', tone: 'c-accent', title: `Exporting ${what}`, commandId, action: { label: 'Cancel', run: () => abort.abort() } }, 0);
  const chunks: string[] = [];
  let rows = 0;
  let masked = false;
  try {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const part: Awaited<ReturnType<typeof session.call<'Data.export'>>> = await session.call('Data.export', { contextId, format, ...(entity === null ? {} : { entity }), ...(cursor === '' ? {} : { cursor }) }, { signal: abort.signal });
      chunks.push(part.chunk);
      rows += part.rows;
      ({ masked } = part);
      cursor = part.next;
      session.progress.update((all) => new Map(all).set(commandId, { done: rows, total: part.total }));
    }
    const file = new Blob(chunks, { type: format === 'csv' ? 'text/csv' : 'application/x-ndjson' });
    inspector.host.files.save(`${[contextId, ...(entity === null ? [] : [entity])].join('-').replaceAll(/[^\w.-]+/g, '-')}.${format}`, file);
    inspector.toast({ icon: 'check', tone: 'c-ok', title: `${plural(rows, 'row')} exported`, text: `${what}, ${formatBytes(file.size)}${masked ? ', values masked by the policy of the client' : ''}` });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') inspector.toast({ icon: 'close', tone: 't2', title: 'The export was cancelled', text: `After ${formatCount(rows)} rows; no file was made` });
    else inspector.toast({ icon: 'ev-error', tone: 'c-error', title: 'Nothing was exported', text: `${codeOf(thrown)}: ${messageOf(thrown)}`, alert: true }, 0);
  } finally {
    inspector.dismiss(running);
    session.progress.update((all) => new Map([...all].filter(([id]) => id !== commandId)));
  }
}
