import type { ReactNode } from 'react';
import { Button } from '../../components/controls.tsx';
import type { Inspector } from '../../state/inspector.ts';

const WHY_NOT = 'This recording cannot be made into a test yet: the tool that turns its steps into one is not part of this version';

/** Says why there is no test to be had; for the key M. */
export function tellNoTest(inspector: Inspector): void {
  inspector.toast({ icon: 'test', tone: 't2', title: 'No test can be made', text: WHY_NOT });
}

export function MakeTest({ className = '' }: { className?: string }): ReactNode {
  return <Button className={className} icon="test" label="Make a test…" kbd="M" off={WHY_NOT} onPress={() => undefined} />;
}
