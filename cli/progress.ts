import { printable } from './exit.ts';

/** How often a line is drawn again where a person looks on, and added where the output goes into a file. */
const REDRAW_MS = 100;
const LINE_MS = 2_000;
/** What is over sooner has no progress (DB6). */
const SILENT_MS = 300;

/** How far one long piece of work is, on stderr: one line that is drawn again in a terminal, and a line now and then elsewhere. */
export class Progress {
  readonly #what: string;
  readonly #started = performance.now();
  readonly #isTerminal = process.stderr.isTTY;
  #drawn = 0;
  #isShown = false;

  constructor(what: string) {
    this.#what = what;
  }

  /** `done` of `total`; without a total, only what is done. `unit`: what is counted, left out for a share of the whole. */
  show(done: number, total: number | undefined, unit = ''): void {
    const now = performance.now();
    const every = this.#isTerminal ? REDRAW_MS : LINE_MS;
    if (now - this.#started < SILENT_MS || (this.#isShown && now - this.#drawn < every)) return;
    this.#drawn = now;
    const counted = unit === '' ? '' : ` (${done.toLocaleString('en')}${total === undefined ? '' : ` of ${total.toLocaleString('en')}`} ${unit})`;
    const text = printable(`${this.#what}${total === undefined || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`}${counted}`);
    this.#isShown = true;
    process.stderr.write(this.#isTerminal ? `\r\u001B[K${text}` : `${text}\n`);
  }

  /** Takes the line away: what comes next is the output. */
  end(): void {
    if (this.#isShown && this.#isTerminal) process.stderr.write('\r\u001B[K');
    this.#isShown = false;
  }
}
