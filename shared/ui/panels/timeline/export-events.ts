import { messageOf } from '../../../base/app-error.ts';
import { eventFileHead, eventLines, type EventFormat } from '../../../views/event-file.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { eventsAt } from '../../../views/event-queries.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import { newCommandId } from '../../dialogs/actions.ts';
import type { Inspector } from '../../state/inspector.ts';

/** So many events are read and written at once: the page answers between two slices. */
const SLICE = 2_000;

/** Saves events as a file, slice by slice, with its progress and a way to stop it. Nothing is made when it is stopped, or the recording changes. */
export async function exportEvents(inspector: Inspector, index: EventIndex, places: ArrayLike<number>, format: EventFormat): Promise<void> {
  const { session, host, settings } = inspector;
  const values = settings.get().showValues;
  const commandId = newCommandId();
  const total = places.length;
  const abort = new AbortController();
  const tell = (done: number): void => session.progress.update((all) => new Map(all).set(commandId, { done, total }));
  tell(0);
  const running = inspector.toast({ icon: 'download', tone: 'c-accent', title: 'Exporting events', commandId, action: { label: 'Cancel', run: () => abort.abort() } }, 0);
  // Text that is in a blob is not held in the page's memory.
  const parts: Blob[] = [new Blob([eventFileHead(format)])];
  let done = 0;
  try {
    while (done < total && !abort.signal.aborted) {
      const slice = Array.from({ length: Math.min(SLICE, total - done) }, (_, i) => places[done + i] ?? 0);
      const events = await eventsAt(session.db.all, slice);
      if (events.length < slice.length || !events.every(({ place, seq, at }) => index.seq[place] === seq && index.at[place] === at)) throw new Error('Another recording is shown by now');
      parts.push(new Blob([eventLines(events, format, values)]));
      done += slice.length;
      tell(done);
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (abort.signal.aborted) {
      inspector.toast({ icon: 'close', tone: 't2', title: 'The export was cancelled', text: `After ${formatCount(done)} of ${plural(total, 'event')}; no file was made` });
      return;
    }
    const file = new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/x-ndjson' });
    host.files.save(`events.${format}`, file);
    inspector.toast({ icon: 'check', tone: 'c-ok', title: `${plural(total, 'event')} exported`, text: `${formatBytes(file.size)}${format === 'ndjson' && !values ? ', without what frames held: values are hidden' : ''}` });
  } catch (thrown) {
    inspector.toast({ icon: 'ev-error', tone: 'c-error', title: 'Nothing was exported', text: messageOf(thrown), alert: true }, 0);
  } finally {
    inspector.dismiss(running);
    session.progress.update((all) => new Map([...all].filter(([id]) => id !== commandId)));
  }
}
