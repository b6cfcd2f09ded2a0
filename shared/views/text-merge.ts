import { textParts, type TextPart } from '../core/strategies/text.ts';

// A text that two sides changed, for people to look at: what each of them did to the base, and what became of it.

export type EditSide = 'mine' | 'theirs' | 'both';

/** A piece of a text: as it was in the base, taken out of it, or put in, and by whom. */
export interface MergePiece {
  readonly kind: 'same' | 'gone' | 'new';
  readonly side: EditSide;
  readonly text: string;
}

export interface MergeEdit {
  readonly side: EditSide;
  readonly kind: 'insert' | 'delete' | 'replace';
  readonly gone: string;
  readonly put: string;
  /** In characters of the base. */
  readonly atInBase: number;
  readonly atInResult: number;
}

export interface TextMerge {
  readonly base: readonly MergePiece[];
  readonly mine: readonly MergePiece[];
  readonly theirs: readonly MergePiece[];
  readonly result: readonly MergePiece[];
  /** What of the edits of both sides is in the result, in its order. */
  readonly edits: readonly MergeEdit[];
}

interface Edit {
  readonly at: number;
  readonly gone: string;
  readonly put: string;
}

/** What two words share by chance: so few characters between two edits are read as part of them. */
const BY_CHANCE = 3;

/** The parts of a text, without what is the same by chance. */
function readable(from: string, to: string): readonly TextPart[] {
  const parts: { kind: TextPart['kind']; text: string }[] = [];
  const raw = textParts(from, to);
  for (const [i, { kind, text }] of raw.entries()) {
    const isBetween = i > 0 && i < raw.length - 1;
    const kinds = kind === 'same' && isBetween && lengthOf(text) <= BY_CHANCE && !/\s/.test(text) ? (['gone', 'new'] as const) : ([kind] as const);
    for (const one of kinds) {
      // Within one edit, what went comes before what came.
      const at = parts.findLastIndex((part) => part.kind === 'same') + 1;
      const known = one === 'same' ? undefined : parts.slice(at).find((part) => part.kind === one);
      if (known !== undefined) known.text += text;
      else if (one === 'gone') parts.splice(at, 0, { kind: one, text });
      else parts.push({ kind: one, text });
    }
  }
  return parts;
}

const lengthOf = (text: string): number => [...text].length;

/** What one side did, as edits of the base. */
function editsOf(base: string, side: string): readonly Edit[] {
  const edits: { at: number; gone: string; put: string }[] = [];
  let at = 0;
  let open = false;
  for (const { kind, text } of readable(base, side)) {
    if (kind === 'same') {
      at += lengthOf(text);
      open = false;
      continue;
    }
    const last = open ? edits.at(-1) : undefined;
    const edit = last ?? { at, gone: '', put: '' };
    if (last === undefined) edits.push(edit);
    edit[kind === 'gone' ? 'gone' : 'put'] += text;
    if (kind === 'gone') at += lengthOf(text);
    open = true;
  }
  return edits;
}

/** Which characters of the base a side took out. */
function goneOf(edits: readonly Edit[]): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const { at, gone: text } of edits) for (let i = 0; i < lengthOf(text); i++) gone.add(at + i);
  return gone;
}

export function mergeOf(base: string, mine: string, theirs: string, result: string): TextMerge {
  const [byMine, byTheirs] = [editsOf(base, mine), editsOf(base, theirs)];
  const [goneMine, goneTheirs] = [goneOf(byMine), goneOf(byTheirs)];
  const sideOfGone = (at: number): EditSide | null => (goneMine.has(at) ? (goneTheirs.has(at) ? 'both' : 'mine') : goneTheirs.has(at) ? 'theirs' : null);
  const inserted = (edits: readonly Edit[], at: number, text: string): boolean => edits.some((edit) => edit.put !== '' && edit.at <= at && at <= edit.at + lengthOf(edit.gone) && (edit.put.includes(text) || text.includes(edit.put)));
  const sideOfNew = (at: number, text: string): EditSide => (inserted(byMine, at, text) ? (inserted(byTheirs, at, text) ? 'both' : 'mine') : 'theirs');

  const characters = [...base];
  const marked: MergePiece[] = [];
  for (const [at, character] of characters.entries()) {
    const side = sideOfGone(at);
    push(marked, { kind: side === null ? 'same' : 'gone', side: side ?? 'both', text: character });
  }
  const pieces: MergePiece[] = [];
  const edits: { side: EditSide; gone: string; put: string; atInBase: number; atInResult: number }[] = [];
  let [at, here, open] = [0, 0, false];
  const note = (kind: 'gone' | 'put', side: EditSide, text: string): void => {
    const last = open ? edits.at(-1) : undefined;
    if (last !== undefined && (last.side === side || last.side === 'both' || side === 'both')) last[kind] += text;
    else edits.push({ side, gone: '', put: '', atInBase: at, atInResult: here, [kind]: text });
    open = true;
  };
  for (const { kind, text } of readable(base, result)) {
    if (kind === 'same') {
      push(pieces, { kind, side: 'both', text });
      [at, here, open] = [at + lengthOf(text), here + lengthOf(text), false];
    } else if (kind === 'gone') {
      for (const character of text) {
        const side = sideOfGone(at) ?? 'both';
        push(pieces, { kind, side, text: character });
        note('gone', side, character);
        at++;
      }
    } else {
      const side = sideOfNew(at, text);
      push(pieces, { kind, side, text });
      note('put', side, text);
      here += lengthOf(text);
    }
  }
  const ofSide = (text: string, side: EditSide): MergePiece[] => readable(base, text).map((part) => ({ ...part, side }));
  return {
    base: marked,
    mine: ofSide(mine, 'mine'),
    theirs: ofSide(theirs, 'theirs'),
    result: pieces,
    edits: edits.map((edit) => ({ ...edit, kind: edit.gone === '' ? 'insert' : edit.put === '' ? 'delete' : 'replace' })),
  };
}

function push(pieces: MergePiece[], piece: MergePiece): void {
  const last = pieces.at(-1);
  if (last !== undefined && last.kind === piece.kind && last.side === piece.side) pieces[pieces.length - 1] = { ...last, text: last.text + piece.text };
  else pieces.push(piece);
}
