import { useState, type DragEvent } from 'react';
import { useInspector } from '../state/inspector.ts';

/** A place where a report can be dropped: whether one hangs over it, and the handlers that open it. */
export function useReportDrop(): { readonly over: boolean; readonly drop: { onDragOver(event: DragEvent): void; onDragLeave(): void; onDrop(event: DragEvent): void } } {
  const inspector = useInspector();
  const [over, setOver] = useState(false);
  const drop = {
    onDragOver: (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (): void => setOver(false),
    onDrop: (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer.files[0];
      if (file !== undefined) void inspector.openFile(file.name, file);
    },
  };
  return { over, drop };
}
