import type { ReactNode } from 'react';
import { isJsonObject, type Json } from '../../../base/json.ts';
import { kindOf, parseField, textOfField, type FieldKind } from '../../../views/typed-field.ts';
import { IconButton } from '../../components/controls.tsx';
import { Name } from '../../components/parts.tsx';
import { valueText, type FieldLine } from './field-diff.ts';

/** A field as it is edited; `text` null: the field goes. */
export interface FieldEdit {
  readonly field: string;
  readonly kind: FieldKind;
  readonly text: string | null;
}

/** The edits that a conflict begins with: the fields that both sides changed, as they stand. */
export const firstEdits = (lines: readonly FieldLine[]): readonly FieldEdit[] => lines.filter(({ changed }) => changed === 'both').map(editOf);

const editOf = ({ field, result, mine, theirs }: FieldLine): FieldEdit => editTo(field, result ?? theirs ?? mine);
const editTo = (field: string, value: Json | undefined): FieldEdit => ({ field, kind: kindOf(value), text: value === undefined ? null : textOfField(value) });

/** The result with the edits in it; the error names the field that does not fit. */
export function edited(result: Json | null, edits: readonly FieldEdit[]): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: string } {
  const value: { [field: string]: Json } = { ...(isJsonObject(result ?? undefined) ? (result as { [field: string]: Json }) : {}) };
  for (const { field, kind, text } of edits) {
    if (text === null) {
      delete value[field];
      continue;
    }
    const parsed = parseField(kind, text);
    if (!parsed.ok) return { ok: false, error: `${field.slice(0, 60)}: ${parsed.error}` };
    // A field of any name is data.
    Object.defineProperty(value, field, { value: parsed.value, enumerable: true, configurable: true, writable: true });
  }
  return { ok: true, value };
}

const SIDES = ['base', 'mine', 'theirs'] as const;

/** Edits single fields of the result: typed in, or taken from one of the three sides. */
export function FieldEditor({ lines, edits, onChange }: { lines: readonly FieldLine[]; edits: readonly FieldEdit[]; onChange: (edits: readonly FieldEdit[]) => void }): ReactNode {
  const others = lines.filter(({ field }) => !edits.some((edit) => edit.field === field));
  const set = (next: FieldEdit): void => onChange(edits.map((edit) => (edit.field === next.field ? next : edit)));
  return (
    <div className="cf-edit">
      {edits.map((edit) => {
        const line = lines.find(({ field }) => field === edit.field);
        return (
          <div key={edit.field} className="cf-edit-row" role="group" aria-label={edit.field.slice(0, 60)}>
            <span className="mono clip">
              <Name text={edit.field} most={60} />
            </span>
            <Input edit={edit} onChange={(text) => set({ ...edit, text })} />
            <IconButton icon="close" label={`Leave ${edit.field.slice(0, 40)} as it is`} onPress={() => onChange(edits.filter((one) => one !== edit))} />
            {line === undefined ? null : (
              <span className="cf-edit-from">
                {SIDES.map((side) => (
                  <button key={side} type="button" className="link" title={valueText(line[side]).slice(0, 200)} onClick={() => set(editTo(edit.field, line[side]))}>
                    {side}
                  </button>
                ))}
              </span>
            )}
          </div>
        );
      })}
      {others.length === 0 ? null : (
        <label className="cf-edit-more">
          <span className="t2">Edit another field</span>
          <select value="" onChange={(event) => {
            const line = others.find(({ field }) => field === event.target.value);
            if (line !== undefined) onChange([...edits, editOf(line)]);
          }}>
            <option value="">…</option>
            {others.map(({ field }) => (
              <option key={field} value={field}>
                {field.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function Input({ edit: { field, kind, text }, onChange }: { edit: FieldEdit; onChange: (text: string) => void }): ReactNode {
  const label = `${field.slice(0, 60)}, ${kind}`;
  if (kind === 'boolean') {
    return (
      <select aria-label={label} value={text ?? ''} onChange={(event) => onChange(event.target.value)}>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    );
  }
  const isWrong = text !== null && !parseField(kind, text).ok;
  const props = { 'aria-label': label, 'aria-invalid': isWrong, value: text ?? '', placeholder: text === null ? 'not set' : '', spellCheck: false, className: 'cf-edit-in mono' };
  return kind === 'text' && (text ?? '').length > 60 ? <textarea {...props} rows={4} onChange={(event) => onChange(event.target.value)} /> : <input {...props} inputMode={kind === 'number' ? 'decimal' : 'text'} onChange={(event) => onChange(event.target.value)} />;
}
