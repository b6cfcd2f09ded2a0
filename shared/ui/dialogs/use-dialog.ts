import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../../base/app-error.ts';
import type { MethodName, ParamsOf, ResultOf } from '../../protocol/debug/index.ts';
import type { ContextNow } from '../../views/context-now.ts';
import { infoOf } from '../state/client-state.ts';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { newCommandId } from './actions.ts';

/** Where the deed would be done, and by whom, as every dialog says it. */
export function useWhere(): { readonly where: string; readonly by: string } {
  const { session } = useInspector();
  const info = infoOf(useStore(session.client));
  return { where: info === null ? '' : `${info.title}, ${info.deviceId}`.slice(0, 80), by: info?.userId?.slice(0, 60) ?? 'this inspector' };
}

/** The context as it is now: the dialog follows it while it is open. */
export function useLiveContext(contextId: string): ContextNow | undefined {
  return useStore(useInspector().session.contexts).get(contextId);
}

export interface DryRun<R> {
  readonly result: R | null;
  readonly error: string | null;
  readonly at: number | null;
  readonly again: () => void;
}

/** Danger, rule 1: a dialog has made its dry run when it opens, and makes it again when what was chosen changes. */
export function useDryRun<M extends MethodName>(method: M, params: Omit<ParamsOf<M>, 'commandId' | 'dryRun'> | null): DryRun<ResultOf<M>> {
  const { session } = useInspector();
  const refused = useRefusal(method);
  const [state, setState] = useState<{ result: ResultOf<M> | null; error: string | null; at: number | null }>({ result: null, error: null, at: null });
  const [asked, setAsked] = useState(0);
  const latest = useRef(params);
  latest.current = params;
  const key = JSON.stringify(params);
  useEffect(() => {
    if (refused !== null) {
      setState({ result: null, error: refused, at: null });
      return undefined;
    }
    if (latest.current === null) return undefined;
    let current = true;
    session.call(method, { ...latest.current, commandId: newCommandId(), dryRun: true } as unknown as ParamsOf<M>).then(
      (result) => {
        if (current) setState({ result, error: null, at: Date.now() });
      },
      (thrown: unknown) => {
        if (current) setState({ result: null, error: messageOf(thrown), at: Date.now() });
      },
    );
    return () => {
      current = false;
    };
  }, [method, key, asked, refused, session]);
  return { ...state, again: () => setAsked((n) => n + 1) };
}
