import { useState, type ReactNode, type RefObject } from 'react';
import { plural } from '../../../views/format.ts';
import { listedPlaces, type Listed } from '../../../views/listed-places.ts';
import { ExportMenu } from '../../components/export-menu.tsx';
import { useInspector } from '../../state/inspector.ts';
import type { Span } from '../../state/view.ts';
import { exportEvents } from './export-events.ts';

/** The events of a stretch as a file: those that the chips, the context filter and the search leave. */
export function EventsExportMenu({ span, chosen, listed, anchor, onClose }: { span: Span; chosen: boolean; listed: Listed; anchor: RefObject<HTMLElement | null>; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  // As it was when the menu opened: what it says is what is saved, however the view moves on.
  const [{ index, places }] = useState(() => {
    const { index } = inspector.session;
    return { index, places: listedPlaces(index, index.placeOf(span.from), index.placeOf(span.to), listed) };
  });
  const where = chosen ? 'of the selection' : 'in view';
  return (
    <ExportMenu
      label="Export events"
      note={places.length === 0 ? `No event ${where} to save` : `${plural(places.length, 'event')} ${where}`}
      anchor={anchor}
      choices={
        places.length === 0
          ? []
          : [
              { label: 'CSV', note: 'a line an event', run: () => void exportEvents(inspector, index, places, 'csv') },
              { label: 'JSON lines', note: 'whole events', run: () => void exportEvents(inspector, index, places, 'ndjson') },
            ]
      }
      onClose={onClose}
    />
  );
}
