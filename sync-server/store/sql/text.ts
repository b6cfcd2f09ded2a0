// PostgreSQL's text holds no U+0000, but an id may. In the database U+0000 is written as U+0001 '0' and U+0001 as U+0001 '1'.

// oxlint-disable-next-line no-control-regex -- these two are the point
const SPECIAL = /[\u0000\u0001]/;
// oxlint-disable-next-line no-control-regex
const SPECIALS = /[\u0000\u0001]/g;
// oxlint-disable-next-line no-control-regex
const ESCAPED = /\u0001([01])/g;

/** An id as the database keeps it. */
export const toSql = (id: string): string => (SPECIAL.test(id) ? id.replace(SPECIALS, (unit) => (unit === '\u0000' ? '\u00010' : '\u00011')) : id);

/** An id as it came. */
export const fromSql = (stored: string): string => (stored.includes('\u0001') ? stored.replace(ESCAPED, (_, digit) => (digit === '0' ? '\u0000' : '\u0001')) : stored);
