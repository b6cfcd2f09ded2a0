import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';

// The repository's own source as data, for the tests of its habits.

const ROOT = join(import.meta.dirname, '../..');
const NOT_OURS = /(^|\/)(node_modules|dist|\.build|\.git|test-results|coverage)(\/|$)/;

/** A node of a syntax tree (ESTree with TypeScript's nodes). */
export type SyntaxNode = { readonly type: string } & { readonly [key: string]: unknown };

const isNode = (x: unknown): x is SyntaxNode => typeof x === 'object' && x !== null && 'type' in x && typeof x.type === 'string';

export const asNode = (x: unknown): SyntaxNode | null => (isNode(x) ? x : null);

/** Files of the repository that match, by their paths from its root with `/`, sorted. */
export function listFiles(patterns: string | readonly string[]): string[] {
  const files = globSync(patterns, { cwd: ROOT, exclude: (path) => NOT_OURS.test(path.replaceAll('\\', '/')) });
  return files.map((file) => file.replaceAll('\\', '/')).sort();
}

export const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The statements of a source file; one that does not parse is an error that names it. */
export function parseFile(file: string, text = readText(file)): readonly SyntaxNode[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return program.body as unknown as SyntaxNode[];
}

/** Every node below `nodes`, themselves included, parents first. */
export function* walk(nodes: readonly SyntaxNode[]): Generator<SyntaxNode> {
  const stack = [...nodes].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    const children = Object.values(node).flat().filter(isNode);
    stack.push(...children.reverse());
  }
}

/** The text of a string literal, or of a template with `…` for what is put in; else null. */
export function textOf(x: unknown): string | null {
  if (!isNode(x)) return null;
  if (x.type === 'Literal') return typeof x['value'] === 'string' ? x['value'] : null;
  if (x.type !== 'TemplateLiteral') return null;
  return (x['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…');
}
