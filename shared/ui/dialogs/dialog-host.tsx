import type { ReactNode } from 'react';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { DeactivateDialog } from './deactivate-dialog.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import { PruneDialog } from './prune-dialog.tsx';
import { RemoveFileDialog } from './remove-file-dialog.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { StressDialog } from './stress-dialog.tsx';

/** The dialog that is open, if any. */
export function DialogHost(): ReactNode {
  const inspector = useInspector();
  const dialog = useStore(inspector.dialog);
  const close = (): void => inspector.dialog.set({ kind: 'none' });
  switch (dialog.kind) {
    case 'none':
      return null;
    case 'deactivate':
      return <DeactivateDialog contextId={dialog.contextId} onClose={close} />;
    case 'prune':
      return <PruneDialog contextIds={dialog.contextIds} first={dialog.pending ?? 'refuse'} onClose={close} />;
    case 'replay':
      return <ReplayDialog contextId={dialog.contextId} onClose={close} />;
    case 'forget':
      return <ForgetDialog contextId={dialog.contextId} onClose={close} />;
    case 'stress':
      return <StressDialog contextIds={dialog.contextIds} onClose={close} />;
    case 'remove-file':
      return <RemoveFileDialog file={dialog.file} bytes={dialog.bytes} onClose={close} />;
  }
}
