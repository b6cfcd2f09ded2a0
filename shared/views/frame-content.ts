import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { formatCount } from './format.ts';

// What a frame held, as lines of a tree, and where its bytes go.

export interface TreeLine {
  /** Names it among the lines: where it stands in the frame. */
  readonly path: string;
  readonly name: string;
  readonly level: number;
  readonly type: string;
  /** How it is written in one line. */
  readonly text: string;
  /** Of it as JSON, with its key. */
  readonly size: number;
  /** Null: there is nothing below it. */
  readonly isOpen: boolean | null;
}

const MOST_LINES = 2_000;
const MOST_TEXT = 200;

const cut = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);

/** The lines of what is unfolded. `isOpen` answers for a path, and says what is folded at first. */
export function treeLines(content: JsonObject, isOpen: (path: string, level: number) => boolean): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const walk = (value: Json, name: string, path: string, level: number): void => {
    if (lines.length >= MOST_LINES) return;
    const items: readonly (readonly [string, Json])[] = Array.isArray(value) ? value.map((item, at): [string, Json] => [String(at), item as Json]) : isJsonObject(value) ? Object.entries(value) : [];
    const open = items.length === 0 ? null : isOpen(path, level);
    const key = /^\d+$/.test(name) ? 0 : JSON.stringify(name).length + 1;
    lines.push({ path, name, level, type: typeOf(value), text: textOf(value), size: key + JSON.stringify(value).length, isOpen: open });
    if (open === true) for (const [key, item] of items) walk(item, key, `${path}/${key}`, level + 1);
  };
  for (const [name, value] of Object.entries(content)) walk(value, name, name, 0);
  return lines;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return typeof value['op'] === 'string' && typeof value['entity'] === 'string' ? 'change' : 'object';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
}

function textOf(value: Json): string {
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${formatCount(value.length)} items`;
  if (isJsonObject(value)) {
    const { op, entity, entityId } = value;
    if (typeof op === 'string' && typeof entity === 'string') return cut(`${op} ${entity}/${typeof entityId === 'string' ? entityId : ''}`);
    return cut(`{ ${Object.keys(value).slice(0, 4).join(', ')}${Object.keys(value).length > 4 ? ', …' : ''} }`);
  }
  return cut(typeof value === 'number' && Number.isInteger(value) ? formatCount(value) : JSON.stringify(value));
}

const itemsOf = ({ changes, mutations }: JsonObject): readonly JsonObject[] => {
  const items = Array.isArray(changes) ? changes : Array.isArray(mutations) ? mutations : [];
  return items.filter((item): item is JsonObject => isJsonObject(item as Json));
};

export interface ByteSplit {
  readonly values: number;
  readonly changes: number;
  readonly envelope: number;
}

/** Values, the changes around them, the frame around those. Null: what was kept is not as long as what went over the wire, because its values are masked. */
export function bytesOfContent(content: JsonObject, bytes: number): ByteSplit | null {
  if (JSON.stringify(content).length !== bytes) return null;
  const items = itemsOf(content);
  const values = items.reduce((sum, { value }) => sum + (value === undefined ? 0 : JSON.stringify(value).length), 0);
  const changes = items.reduce((sum, item) => sum + JSON.stringify(item).length, 0) - values;
  return { values, changes, envelope: bytes - values - changes };
}

export interface RowName {
  readonly entity: string;
  readonly id: string;
}

/** The rows that a frame names, each once. */
export function rowsOfContent(content: JsonObject): readonly RowName[] {
  const out = new Map<string, RowName>();
  for (const { entity, entityId } of [...itemsOf(content), content]) {
    if (typeof entity === 'string' && typeof entityId === 'string') out.set(JSON.stringify([entity, entityId]), { entity, id: entityId });
  }
  return [...out.values()];
}
