import type { ReactNode } from 'react';
import type { Span } from '../../../views/emulated-spans.ts';
import { formatAge, formatSecond } from '../../../views/format.ts';
import type { Limits, Measured } from '../../../views/thresholds.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { strandsOf, type Model } from './model.ts';
import { ThresholdsMenu } from './thresholds-menu.tsx';

const WIDTHS = [
  { value: '60000', label: '1 min' },
  { value: '480000', label: '8 min' },
  { value: '0', label: 'All' },
];

interface ToolbarProps {
  readonly model: Model;
  readonly window: Span;
  readonly byContext: boolean;
  readonly limits: Limits;
  readonly over: readonly Measured[];
  readonly onExport: () => void;
}

/** The range, how the charts are drawn and what their shades mean, and the limits. */
export function Toolbar({ model, window, byContext, limits, over, onExport }: ToolbarProps): ReactNode {
  const inspector = useInspector();
  const view = useView();
  return (
    <div className="bar">
      <Segments label="Range" value={view.selection === null ? String(view.width) : 'selection'} onChange={(value) => inspector.show({ width: Number(value), to: null, selection: null })} options={[...WIDTHS, ...(view.selection === null && WIDTHS.some(({ value }) => value === String(view.width)) ? [] : [{ value: view.selection === null ? String(view.width) : 'selection', label: view.selection === null ? formatAge(view.width) : 'Selection' }])]} />
      <button type="button" className="tm-range p3" title="The same range as in Timeline; choose another one there" onClick={() => inspector.go('timeline')}>
        <span className="mono">
          {formatSecond(window.from)} to {formatSecond(window.to)}
        </span>
      </button>
      {byContext ? null : <span className="t3 p4">{formatAge(model.step)} steps</span>}
      <Segments label="Charts" className="p2" value={byContext ? 'context' : 'total'} onChange={(value) => inspector.setField('telemetry.by', value === 'context' ? 'context' : '')} options={[{ value: 'total', label: 'Total' }, { value: 'context', label: 'By context' }]} />
      {byContext ? (
        <span className="legend tm-series p2">
          {strandsOf(model, true).map(({ name, colour }) => (
            <span key={name}>
              <i className="sw" style={{ background: colour ?? 'none' }} />
              <Name text={name} most={24} />
            </span>
          ))}
        </span>
      ) : (
        <span className="grow" />
      )}
      <span className="legend p4">
        <span>
          <i className="bx gp" />
          gap
        </span>
        <span>
          <i className="bx off" />
          offline
        </span>
        <span>
          <i className="bx em" />
          emulated
        </span>
      </span>
      <ThresholdsMenu limits={limits} over={over} />
      <Button className="quiet p3" icon="download" label="Export CSV" title={`The table as CSV (${modKey('E')})`} onPress={onExport} />
    </div>
  );
}
