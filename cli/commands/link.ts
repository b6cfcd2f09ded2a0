import { Command } from 'commander';
import { askHub } from '../hub-access.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson } from '../output.ts';

export function linkCommand(): Command {
  const command = new Command('link').description('Print a new link to the inspector, good for one use').option('--open', 'open it in the browser');
  return examples(withJson(withHub(command)), ['link --open']).action(async (flags: HubFlags & { open?: boolean }) => {
    const { link } = (await (await askHub(flags, 'POST', '/link')).json()) as { link: string };
    if (flags.json === true) printJson({ link });
    else print(link);
    if (flags.open === true) await openInBrowser(link);
  });
}
