import type { ReactNode } from 'react';
import { formatBytes, formatCount } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading } from '../../components/parts.tsx';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import type { Finding } from './registry-columns.tsx';

/** A file that no row points to. */
export function FileDetail({ finding, onClose }: { finding: Finding; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const refused = useRefusal('Registry.removeFile');
  const file = finding.file ?? '';
  const bytes = finding.disk?.bytes ?? 0;
  return (
    <section className="detail" aria-label={file} data-region>
      <DetailHead
        name="registry"
        onClose={onClose}
        actions={<Button className="danger" icon="trash" label="Remove file…" off={refused} onPress={() => inspector.dialog.set({ kind: 'remove-file', file, bytes })} />}
      >
        <h2>
          <Icon name="file" />
          <span className="mono">{file}</span>
        </h2>
        <span className="t2">no row points to it</span>
      </DetailHead>
      <div className="detail-body">
        <div className="sec">
          <Heading>What it holds</Heading>
          <dl className="kv">
            <dt>Bytes</dt>
            <dd>{formatBytes(bytes)}</dd>
            <dt>Schema</dt>
            <dd>{finding.disk?.schemaVersion ?? '–'}</dd>
            <dt>Local version</dt>
            <dd>{finding.disk?.localVersion === undefined ? '–' : formatCount(finding.disk.localVersion)}</dd>
            <dt>Unsynced writes</dt>
            <dd>{finding.disk?.pendingWrites === undefined ? 'not read' : formatCount(finding.disk.pendingWrites)}</dd>
          </dl>
          <p className="t2 rg-p">{finding.message.slice(0, 400)}. A start discards generations that no row points to; one that is left may hold what a crash saved.</p>
        </div>
      </div>
    </section>
  );
}
