import type { ReactNode } from 'react';
import { formatCount } from '../../../views/format.ts';
import { Button, FilterField } from '../../components/controls.tsx';
import { SubTabs } from '../../components/sub-tabs.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { AuditLog } from './audit-log.tsx';
import { CompareTab } from './compare-tab.tsx';
import { ReportsTab } from './reports-tab.tsx';
import { useFiles } from './use-files.ts';

const TABS = ['reports', 'server', 'audit'] as const;
type Tab = (typeof TABS)[number];

/** Reports that came in, a context against the server, and what was done through this hub. */
export function ReplayPanel(): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const list = useFiles();
  const tab: Tab = TABS.find((one) => one === fields['replay']) ?? 'reports';
  return (
    <>
      <div className="bar rp-top">
        <SubTabs<Tab>
          label="Replay"
          value={tab}
          onChange={(next) => inspector.setField('replay', next)}
          tabs={[
            { id: 'reports', label: <>Reports {list.files === null ? null : <span className="t3 num">{formatCount(list.files.length)}</span>}</> },
            { id: 'server', label: 'Replay from server' },
            { id: 'audit', label: 'Audit log' },
          ]}
        />
        <span className="sep" />
        {tab === 'reports' ? <FilterField label="Filter reports" placeholder="Filter, for example kind:report" value={fields['replay.filter'] ?? ''} onChange={(next) => inspector.setField('replay.filter', next)} /> : null}
        <span className="grow" />
        <Button icon="upload" label="Open a report…" kbd={modKey('O')} onPress={() => void inspector.openRecording()} />
        {tab === 'reports' ? <Button className="p2" icon="download" label="Save the recording" kbd={modKey('E')} onPress={() => void inspector.saveRecording()} /> : null}
      </div>
      {tab === 'audit' ? <AuditLog /> : tab === 'server' ? <CompareTab /> : <ReportsTab list={list} />}
    </>
  );
}
