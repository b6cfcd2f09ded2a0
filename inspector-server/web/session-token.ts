import { AppError } from '../../shared/base/app-error.ts';

const KEPT = 'contextscope.session';

/** Takes the start token out of the page's address, so that neither a reload nor a copied link carries it. */
export function takeStartToken(): string | null {
  const params = new URLSearchParams(location.hash.replace(/^#/, ''));
  const token = params.get('token');
  if (token === null) return null;
  params.delete('token');
  history.replaceState(null, '', `${location.pathname}${location.search}#${params.toString()}`);
  return token;
}

/** The session that the hub sold for the start token; kept for this origin, so that a reload and a second tab need no new link. */
export function sessionToken(startToken: string | null): () => Promise<string | null> {
  let exchanged: Promise<string | null> | null = null;
  return () => {
    exchanged ??= exchange(startToken ?? localStorage.getItem(KEPT)).catch((thrown: unknown) => {
      // The next try may find the hub.
      exchanged = null;
      throw thrown;
    });
    return exchanged;
  };
}

async function exchange(token: string | null): Promise<string | null> {
  if (token === null) return null;
  const response = await fetch('./session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) });
  const body: unknown = await response.json().catch(() => null);
  const answer = typeof body === 'object' && body !== null ? (body as { token?: unknown; error?: { code?: unknown; message?: unknown } }) : {};
  if (!response.ok || typeof answer.token !== 'string') {
    if (response.status === 401) localStorage.removeItem(KEPT);
    throw new AppError(String(answer.error?.code ?? 'INTERNAL'), String(answer.error?.message ?? 'The hub gave no session'));
  }
  localStorage.setItem(KEPT, answer.token);
  return answer.token;
}
