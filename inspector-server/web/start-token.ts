/** Takes the start token out of the page's address, so that neither a reload nor a copied link carries it. */
export function takeStartToken(): string | null {
  const params = new URLSearchParams(location.hash.replace(/^#/, ''));
  const token = params.get('token');
  if (token === null) return null;
  params.delete('token');
  history.replaceState(null, '', `${location.pathname}${location.search}#${params.toString()}`);
  return token;
}
