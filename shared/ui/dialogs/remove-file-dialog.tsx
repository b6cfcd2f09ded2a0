import { useRef, useState, type ReactNode } from 'react';
import { formatBytes } from '../../views/format.ts';
import { Button } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { newCommandId, runCommand } from './actions.ts';
import { DryRunTag, Failed, TypeName } from './dialog-parts.tsx';
import { useDryRun, useWhere } from './use-dialog.ts';

/** Removes a file that no registry row points to; what it holds may be all that is left of it, so its name is typed. */
export function RemoveFileDialog({ file, bytes, onClose }: { file: string; bytes: number; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { where, by } = useWhere();
  const refused = useRefusal('Registry.removeFile');
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState('');
  const dry = useDryRun('Registry.removeFile', { file });
  const run = (): void => {
    onClose();
    inspector.setField('registry.file', '');
    void runCommand(inspector, 'Registry.removeFile', { commandId: newCommandId(), file }, { icon: 'trash', tone: 'c-error', doing: `Removing ${file}`, failed: `${file} was not removed` }, (result) => ({ title: `${file} is removed`, text: `${formatBytes(result.bytes)} freed` }));
  };
  return (
    <Dialog
      title="Remove a file without a row"
      icon="trash"
      tone="c-error"
      where={where}
      size="small"
      alert
      onClose={onClose}
      initial={cancel}
      footer={
        <>
          <Audit by={by} />
          <span className="grow" />
          <Button className="big" label="Cancel" kbd="Esc" buttonRef={cancel} onPress={onClose} />
          <Button className="big danger solid" icon="trash" label="Remove the file" off={refused ?? (dry.result === null ? 'The dry run is not done' : typed === file ? null : `Type ${file} first`)} onPress={run} />
        </>
      }
    >
      <p className="dl-p">No registry row points to this file, so no app reads it. It cannot be brought back.</p>
      <div className="dl-lead">
        <b>Frees {formatBytes(dry.result?.bytes ?? bytes)}</b>
        <span className="mono t2">{file}</span>
        <span className="grow" />
        <DryRunTag run={dry} />
      </div>
      {dry.error === null ? null : <Failed error={dry.error} />}
      <TypeName name={file} deed="remove it" value={typed} onChange={setTyped} />
    </Dialog>
  );
}
