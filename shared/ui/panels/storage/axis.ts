export const MOST_DAYS = 180;
/** 1 to 180 days on a logarithmic axis, in percent. */
export const axis = (days: number): number => Math.min(100, Math.max(0, (100 * Math.log(Math.max(1, days))) / Math.log(MOST_DAYS)));
/** The day at a place of the axis. */
export const dayAt = (percent: number): number => Math.max(1, Math.min(MOST_DAYS, Math.round(MOST_DAYS ** (percent / 100))));
