import { asNode, listFiles, parseFile, readText, textOf, walk, type SyntaxNode } from './source.ts';

// Which rules there are, and which of them a test is titled with.

const TESTS = ['**/*.test.{ts,tsx}', '**/testing/**/*.{ts,tsx}', 'tests/**/*.e2e.ts'];

/** The ids of all rules: the headings of docs/spec that look like `## LC1`, in order. */
export function listRules(): string[] {
  return listFiles('docs/spec/*.md').flatMap((file) => [...readText(file).matchAll(/^## ([A-Z]{2}\d+)\b/gm)].map(([, id]) => id as string));
}

/** For each id that a title names: the titles of tests (and groups of tests) that do. */
export function coveredRules(): Map<string, string[]> {
  const covered = new Map<string, string[]>();
  for (const file of listFiles(TESTS)) {
    for (const title of titles(file)) {
      for (const [id] of title.matchAll(/\b[A-Z]{2}\d+\b/g)) covered.set(id, [...(covered.get(id) ?? []), `${file}: ${title}`]);
    }
  }
  return covered;
}

function titles(file: string): string[] {
  const found: string[] = [];
  for (const node of walk(parseFile(file))) {
    if (node.type !== 'CallExpression' || !isTest(asNode(node['callee']))) continue;
    const title = textOf((node['arguments'] as unknown[])[0]);
    if (title !== null) found.push(title);
  }
  return found;
}

/** `test`, `it`, `describe`, also with `.each(…)`, `.for(…)` and the like; what is skipped or only planned proves nothing. */
function isTest(callee: SyntaxNode | null): boolean {
  switch (callee?.type) {
    case 'Identifier':
      return ['test', 'it', 'describe', 'suite'].includes(callee['name'] as string);
    case 'MemberExpression': {
      const name = asNode(callee['property'])?.['name'];
      return !['skip', 'skipIf', 'todo', 'fails'].includes(name as string) && isTest(asNode(callee['object']));
    }
    case 'CallExpression':
    case 'TaggedTemplateExpression':
      return isTest(asNode(callee['callee'] ?? callee['tag']));
    case undefined:
    default:
      return false;
  }
}
