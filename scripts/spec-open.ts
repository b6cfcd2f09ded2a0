// `node scripts/spec-open.ts`: writes tests/spec-open.json anew. Rules that a test is titled with by now go; what stays keeps its date
// and reason. A rule that is neither covered nor listed is added only with `--add`, because that makes the list grow.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coveredRules, listRules } from '../tests/support/spec-ids.ts';

const FILE = join(import.meta.dirname, '../tests/spec-open.json');
const FAMILIES: { readonly [family: string]: string } = {
  IS: 'registry and isolation',
  LC: 'lifecycle',
  SY: 'sync',
  OB: 'outbox',
  SV: "the server's log",
  CF: 'conflicts',
  AM: 'ambient tier',
  PR: 'pruning and erasure',
  MG: 'migration',
  TE: 'telemetry',
  DB: 'debug channel',
  RP: 'recordings and reports',
};
type Open = { [id: string]: { since: string; reason: string } };

function main(args: readonly string[]): number {
  const before = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Open) : {};
  const covered = coveredRules();
  const today = new Date().toISOString().slice(0, 10);
  const after: Open = {};
  const missing: string[] = [];
  for (const id of listRules().filter((rule) => !covered.has(rule))) {
    const listed = before[id];
    if (listed !== undefined) after[id] = listed;
    else if (args.includes('--add')) after[id] = { since: today, reason: `not built yet: ${FAMILIES[id.slice(0, 2)] ?? id}` };
    else missing.push(id);
  }
  const gone = Object.keys(before).filter((id) => after[id] === undefined);
  writeFileSync(FILE, `${JSON.stringify(after, null, 2)}\n`);
  console.log(`${Object.keys(after).length} rules open, ${gone.length} closed${gone.length > 0 ? ` (${gone.join(', ')})` : ''}`);
  if (missing.length > 0) console.error(`Neither tested nor listed: ${missing.join(', ')} (--add lists them)`);
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
