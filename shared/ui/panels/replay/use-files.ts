import { messageOf } from '../../../base/app-error.ts';
import type { Inspector } from '../../state/inspector.ts';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';

/** A recording that the hub has. */
export interface HubFile {
  readonly file: string;
  readonly name: string;
  /** Sent to the hub, or kept by it. */
  readonly kind: 'report' | 'recording';
  readonly bytes: number;
  readonly at: number;
  /** Null: not looked at yet. */
  readonly events: number | null;
  readonly clientId: string;
}

const nameOf = (file: string): string => file.split('/').at(-1) ?? file;
export const fileKey = ({ kind, file }: HubFile): string => `${kind} ${file}`;

/** Reports that came in and recordings that the hub keeps; null while it is not reachable. */
export function useFiles(): { readonly files: readonly HubFile[] | null; readonly error: string | null; readonly loading: boolean; readonly isOpen: boolean; readonly again: () => void } {
  const { hub } = useInspector();
  const state = useStore(hub.state);
  const { rpc } = hub;
  const isOpen = state.state === 'open' && rpc !== null;
  const { value, error, loading, again } = useAnswer(
    `files ${isOpen}`,
    !isOpen
      ? null
      : async (): Promise<readonly HubFile[]> => {
          const [{ reports }, { recordings }] = await Promise.all([rpc.call('Hub.reports', {}), rpc.call('Hub.recordings', {})]);
          return [
            ...reports.map(({ file, bytes, receivedAt }): HubFile => ({ file, name: nameOf(file), kind: 'report', bytes, at: receivedAt, events: null, clientId: '' })),
            ...recordings.map(({ file, bytes, events, lastAt, clientId }): HubFile => ({ file, name: nameOf(file), kind: 'recording', bytes, at: lastAt ?? 0, events, clientId })),
          ];
        },
  );
  return { files: value, error, loading, isOpen, again };
}

/** Loads a file of the hub and shows it in every panel. */
export async function openHubFile(inspector: Inspector, { kind, name }: HubFile): Promise<void> {
  try {
    const content = await inspector.host.loadRecording?.(`${kind === 'report' ? 'reports' : 'recordings'}/${encodeURIComponent(name)}`);
    if (content !== undefined) await inspector.openFile(name, new Blob([content]));
  } catch (thrown) {
    inspector.toast({ icon: 'alert', tone: 'c-error', title: `${name} could not be opened`, text: messageOf(thrown), alert: true }, 0);
  }
}
