import type { Json } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';

/** How a field is typed in by a person. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'json';

/** What a field that holds `value` takes; one that holds nothing takes a text. */
export function kindOf(value: Json | undefined): FieldKind {
  if (value === undefined || typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'json';
}

/** The text that stands for a value while it is edited. */
export const textOfField = (value: Json | undefined): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** The value that a text stands for; the error says what is wrong with it. */
export function parseField(kind: FieldKind, text: string): Result<Json, string> {
  switch (kind) {
    case 'text':
      return text.isWellFormed() ? ok(text) : err('The text has half a character in it');
    case 'number': {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value) ? ok(value) : err('A number is wanted here');
    }
    case 'boolean':
      return text === 'true' ? ok(true) : text === 'false' ? ok(false) : err('true or false is wanted here');
    case 'json':
      try {
        return ok(JSON.parse(text) as Json);
      } catch {
        return err('JSON is wanted here');
      }
  }
}
