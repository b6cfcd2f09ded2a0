// One way to write numbers, sizes and times, in the inspector and on the command line.

const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const formatCount = (n: number): string => INTEGER.format(n);

/** How far behind, with a minus sign that aligns with digits. */
export const formatBehind = (n: number): string => (n > 0 ? `\u2212${formatCount(n)}` : '0');

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, three digits at most: `461 B`, `1.9 KB`, `148 MB`, `1.04 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : unit >= 3 && value < 10 ? 2 : 1;
  const text = value.toFixed(digits);
  return `${text.replace(/\.0+$/, '')} ${UNITS[unit]}`;
}

/** A measured time: `0.4 ms`, `82 ms`, `4.9 s`, `63 s`. */
export function formatMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 99_950 ? `${(ms / 1_000).toFixed(1)} s` : formatAge(ms);
}

/** How long something has been so, short: `0.2 s`, `41 s`, `24 m`, `5 h`, `33 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} m`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}

const two = (n: number): string => String(n).padStart(2, '0');
const three = (n: number): string => String(n).padStart(3, '0');

/** Local time of day with milliseconds, `14:05:58.402`. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return `${formatSecond(at)}.${three(date.getMilliseconds())}`;
}

/** Local time of day, `14:05:58`. */
export function formatSecond(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time of day to the minute, `14:05`. */
export const formatMinute = (at: number): string => formatSecond(at).slice(0, 5);

/** Within the hour, for narrow columns: `05:58.31`. */
export const formatShort = (at: number): string => formatClock(at).slice(3, 11);

/** Minutes and seconds of a stretch: `24:51`, with hours `1:04:09`. */
export function formatStretch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Today as a time of day, else as a date. */
export function formatWhen(at: number, now: number): string {
  const date = new Date(at);
  if (new Date(now).toDateString() === date.toDateString()) return formatClock(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatSecond(at).slice(0, 5)}`;
}

/** The front and the end of a long id or digest: `c41e…90a7`. */
export const shorten = (text: string, keep = 4): string => (text.length <= keep * 2 + 1 ? text : `${text.slice(0, keep)}…${text.slice(-keep)}`);

/** `1 context`, `6 contexts`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${formatCount(n)} ${n === 1 ? one : many}`;
