import { useState, type ReactNode } from 'react';
import { isJsonObject, sameJson, type Json, type JsonObject } from '../../../base/json.ts';
import { isReference, typeOfValue } from '../../../views/value-type.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { fieldOf, shortText } from './row-columns.tsx';
import { Value, type Entity } from './value.tsx';

/** What is said of a field beside its value. */
export interface FieldNotes {
  /** The confirmed value of a row with a pending write; undefined: none waits, or it is not told. */
  readonly base: Json | undefined;
  /** Who won a field in the newest conflict on the row. */
  readonly decided: ReadonlyMap<string, 'mine' | 'theirs' | 'merged' | 'base'>;
}

const MOST = 200;
/** An object, or a list of references, with so many entries is open at first. */
const SMALL = 6;

/** A value as a tree: name, type, value, and what sync says of it. */
export function RowTree({ value, entity, hidden, notes }: { value: JsonObject; entity: Entity; hidden: boolean; notes: FieldNotes }): ReactNode {
  const gone = isJsonObject(notes.base) ? Object.keys(notes.base).filter((field) => !Object.hasOwn(value, field)) : [];
  return (
    <div className="da-tree mono">
      {Object.entries(value).slice(0, MOST).map(([field, one]) => (
        <Node key={field} name={field} value={one} depth={0} reference={entity.references[field]} hidden={hidden} note={<Note field={field} value={one} notes={notes} hidden={hidden} />} />
      ))}
      {gone.slice(0, MOST).map((field) => (
        <Node key={field} name={field} value={undefined} depth={0} reference={undefined} hidden={hidden} note={<Note field={field} value={undefined} notes={notes} hidden={hidden} />} />
      ))}
    </div>
  );
}

function Node({ name, value, depth, reference, hidden, note = null }: { name: string; value: Json | undefined; depth: number; reference: string | undefined; hidden: boolean; note?: ReactNode }): ReactNode {
  const parts = partsOf(value);
  const [open, setOpen] = useState(parts !== null && parts.length <= SMALL && depth < 2 && (!Array.isArray(value) || areReferences(value)));
  const folds = parts !== null && parts.length > 0 && !hidden && depth < 8;
  return (
    <>
      <div className="da-n">
        <span className="ky" style={{ paddingInlineStart: depth * 12 }}>
          {folds ? (
            <button type="button" className="tw" aria-expanded={open} aria-label={`${open ? 'Fold' : 'Unfold'} ${name.slice(0, 60)}`} onClick={() => setOpen(!open)}>
              <Icon name={open ? 'chev-down' : 'chev-right'} />
            </button>
          ) : (
            <i className="tw" />
          )}
          <Name text={name} most={60} />
        </span>
        <span className="ty">{typeText(value, reference)}</span>
        <span className="vl">{folds && open ? null : folds && isJsonObject(value) ? <span className="t3">{`{ ${parts.map(([key]) => key).join(', ').slice(0, 80)} }`}</span> : <Value value={value} reference={reference} hidden={hidden} coloured={!areReferences(value)} />}</span>
        {note}
      </div>
      {folds && open ? parts.slice(0, MOST).map(([key, one]) => <Node key={key} name={key} value={one} depth={depth + 1} reference={undefined} hidden={hidden} />) : null}
    </>
  );
}

function Note({ field, value, notes: { base, decided }, hidden }: { field: string; value: Json | undefined; notes: FieldNotes; hidden: boolean }): ReactNode {
  const was = fieldOf(base, field);
  if (base !== undefined && !sameJson(was, value)) {
    return (
      <span className="nt c-pending" title={hidden ? 'This device wrote it, and the server has not got it yet' : `This device wrote ${shortText(value)}. The server has ${shortText(was)}`}>
        <Icon name="ev-push" />
        {base === null ? 'pending, new' : hidden ? 'pending' : `pending, was ${shortText(was).slice(0, 24)}`}
      </span>
    );
  }
  const winner = decided.get(field);
  if (winner === undefined) return null;
  return (
    <span className="nt c-conflict" title="Both sides changed it; this is what the newest conflict on the row decided">
      <Icon name="ev-conflict" />
      {winner}
    </span>
  );
}

/** Null for what has no parts; a reference is one thing. */
function partsOf(value: Json | undefined): readonly (readonly [string, Json])[] | null {
  if (Array.isArray(value)) return value.map((one, index) => [String(index), one]);
  return isJsonObject(value) && !isReference(value) ? Object.entries(value) : null;
}

const areReferences = (value: Json | undefined): boolean => Array.isArray(value) && value.length > 0 && value.every((one: Json) => isReference(one));

function typeText(value: Json | undefined, reference: string | undefined): string {
  if (value === undefined) return '';
  if (reference !== undefined && typeof value === 'string') return 'ref';
  if (isReference(value)) return 'ref';
  if (Array.isArray(value)) return `${areReferences(value) ? 'ref' : typeOfValue(value).slice(0, -2)}[${value.length}]`;
  return typeOfValue(value);
}
