import type { ReactNode } from 'react';
import { formatClock, formatCount } from '../../../views/format.ts';
import { nearestKeyword, nearestName } from '../../../views/sql-error.ts';
import { sourcesOf } from '../../../views/sql-text.ts';
import { Button, IconButton } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { useInspector } from '../../state/inspector.ts';
import type { Failure } from './query-desk.ts';
import type { SqlName } from './sql-names.ts';

interface FailureBarProps {
  readonly failure: Failure;
  readonly sql: string;
  readonly names: readonly SqlName[];
  /** When the result below was made; null: there is none. */
  readonly keptAt: number | null;
  readonly onFix: (sql: string) => void;
  readonly onClose: () => void;
}

/** What went wrong, where, and what was most likely meant. The last result stays below. */
export function FailureBar({ failure, sql, names, keptAt, onFix, onClose }: FailureBarProps): ReactNode {
  const inspector = useInspector();
  const { message, place, code, question } = failure;
  const meant = place === null ? null : likelyMeant(failure, names);
  const columns = place === null || !message.includes('no such column') ? [] : columnsInReach(question.sql, names);
  return (
    <div className="qu-err" role="alert">
      <Icon name="ev-error" className="c-error" />
      <div>
        <p>
          <b>{message.slice(0, 400)}</b> <span className="t2">{place === null ? (['BAD_SQL', 'INTERNAL'].includes(code) ? '' : code) : `line ${formatCount(place.line)}, column ${formatCount(place.column)}`}</span>
        </p>
        <p className="t2">
          {meant === null ? (columns.length === 0 ? 'The query did not run.' : `There are ${columns.slice(0, 12).join(', ')}${columns.length > 12 ? ' and more' : ''}. The query did not run.`) : `Perhaps ${meant} was meant. The query did not run.`}
          {keptAt === null ? '' : ` Below is the result of ${formatClock(keptAt)}.`}
        </p>
      </div>
      <span className="grow" />
      {meant === null || place === null || sql !== question.sql ? null : <Button label={`Use ${meant}`} onPress={() => onFix(sql.slice(0, place.at) + meant + sql.slice(place.at + place.text.length))} />}
      <IconButton className="p2" icon="copy" label="Copy the error" onPress={() => void inspector.copy(`${message}\n\n${question.sql}`, 'The error')} />
      <IconButton icon="close" label="Dismiss" onPress={onClose} />
    </div>
  );
}

function likelyMeant({ message, place }: Failure, names: readonly SqlName[]): string | null {
  const word = place?.text ?? '';
  if (word === '') return null;
  if (message.includes('syntax error')) return nearestKeyword(word);
  const kinds = message.includes('no such table') ? ['table', 'view'] : message.includes('no such column') ? ['column'] : [];
  return nearestName(word, names.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name));
}

const columnsInReach = (sql: string, names: readonly SqlName[]): readonly string[] => {
  const sources = new Set(sourcesOf(sql).values());
  return [...new Set(names.filter(({ of }) => of !== undefined && sources.has(of)).map(({ name }) => name))];
};
