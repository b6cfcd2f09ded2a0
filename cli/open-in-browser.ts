import { remark } from './output.ts';

/** Opens a link where there is a browser. Without one, the printed link is all. */
export async function openInBrowser(link: string): Promise<void> {
  // A terminal without a screen would start a browser that nobody sees.
  if (process.platform === 'linux' && process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined) return;
  try {
    const { default: open } = await import('open');
    const child = await open(link);
    child.on('error', () => undefined);
  } catch {
    remark('No browser could be opened: open the link by hand');
  }
}
