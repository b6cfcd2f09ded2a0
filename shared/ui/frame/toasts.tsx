import type { ReactNode } from 'react';
import { Button, IconButton } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { partOf, progressText } from '../state/use-progress.ts';

/** What came of an action, at the lower right; the last four. */
export function Toasts(): ReactNode {
  const inspector = useInspector();
  const toasts = useStore(inspector.toasts);
  const progress = useStore(inspector.session.progress);
  return (
    <div className="st-toasts" role="region" aria-label="Notices">
      {toasts.map((toast) => {
        const now = toast.commandId === undefined ? undefined : progress.get(toast.commandId);
        const part = partOf(now);
        return (
          <div key={toast.id} className="st-toast" role={toast.alert === true ? 'alert' : 'status'}>
            <Icon name={toast.icon} className={toast.tone} />
            <div>
              <b>{toast.title}</b>
              {toast.text === undefined && now === undefined ? null : <p className="t2">{now === undefined ? toast.text : progressText(now)}</p>}
              {part === null ? null : (
                <div className="st-prog" role="progressbar" aria-valuenow={part} aria-valuemin={0} aria-valuemax={100} aria-label={toast.title}>
                  <i style={{ width: `${part}%` }} />
                </div>
              )}
            </div>
            {toast.action === undefined ? <span /> : <Button label={toast.action.label} onPress={toast.action.run} />}
            <IconButton icon="close" label="Dismiss" onPress={() => inspector.dismiss(toast.id)} />
          </div>
        );
      })}
    </div>
  );
}
