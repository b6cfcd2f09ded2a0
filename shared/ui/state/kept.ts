import type { Inspector } from './inspector.ts';

/** Something that an inspector keeps while its panel is not shown: a result, a run that goes on. Made when it is first asked for. */
export function keptBy<T extends object>(make: (inspector: Inspector) => T): (inspector: Inspector) => T {
  const all = new WeakMap<Inspector, T>();
  return (inspector) => {
    let kept = all.get(inspector);
    if (kept === undefined) all.set(inspector, (kept = make(inspector)));
    return kept;
  };
}
