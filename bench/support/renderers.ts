import { readdirSync, readFileSync } from 'node:fs';

// Memory of a tab, as the kernel counts it: the page, its worker and what both hold outside of their heaps. Linux only.

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
};

/** Processes that draw pages. */
export function renderers(): ReadonlySet<string> {
  if (process.platform !== 'linux') return new Set();
  return new Set(readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && text(`/proc/${pid}/cmdline`).includes('--type=renderer')));
}

/** The most memory that a process has had, in bytes. */
export const peakOf = (pid: string): number => Number(/VmHWM:\s+(\d+)/.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
