/** Opens a link in the person's browser where there is one; where there is none the printed link has to do. */
export async function openLink(link: string): Promise<void> {
  if (process.env['CI'] !== undefined || (process.platform === 'linux' && process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined)) return;
  try {
    const { default: open } = await import('open');
    await open(link);
  } catch {
    // The link is printed; nothing is lost but a click.
    return;
  }
}
