// `npm run check`: everything that can be known about the code without running it. `npm run check -- types lint` runs only those.
import { run } from './run.ts';

const CHECKS = {
  types: ['tsc', '-b'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  imports: ['vitest', 'run', '--project', 'unit', 'tests/imports.test.ts'],
  dead: ['knip'],
} as const satisfies { [name: string]: readonly string[] };

const isCheck = (name: string): name is keyof typeof CHECKS => Object.hasOwn(CHECKS, name);

function main(asked: readonly string[]): number {
  const unknown = asked.filter((name) => !isCheck(name));
  if (unknown.length > 0) {
    console.error(`There is no check named ${unknown.join(', ')}; there are ${Object.keys(CHECKS).join(', ')}.`);
    return 2;
  }
  const names = asked.length > 0 ? asked.filter(isCheck) : Object.keys(CHECKS).filter(isCheck);
  const failed = names.filter((name) => {
    const [program, ...args] = CHECKS[name];
    console.log(`\n== ${name}: ${program} ${args.join(' ')}`);
    return run(program, args) !== 0;
  });
  console.log(failed.length === 0 ? `\nchecked: ${names.join(', ')}` : `\nfailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
