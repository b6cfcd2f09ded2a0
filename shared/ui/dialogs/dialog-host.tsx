import type { ReactNode } from 'react';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';

/** The dialog that is open, if any. */
export function DialogHost(): ReactNode {
  const inspector = useInspector();
  const dialog = useStore(inspector.dialog);
  switch (dialog.kind) {
    default:
      return null;
  }
}
