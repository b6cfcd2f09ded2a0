import type { Json } from '../../base/json.ts';
import type { ConflictRow, MethodName, ParamsOf, ResultOf } from '../../protocol/debug/index.ts';
import { CONTEXTS } from './scripted-contexts.ts';

// Rows of the scripted client as Data reads them: patients whose references lead to the ambient context, one with a pending write, some with kept conflicts.

type Answers = { readonly [M in MethodName]?: (params: ParamsOf<M>) => ResultOf<M> };
type Row = ResultOf<'Data.rows'>['rows'][number];
interface Patient {
  readonly id: string;
  readonly version: number;
  readonly value: { readonly [field: string]: Json };
  readonly minutes: number;
  readonly deviceId: string;
}

const USERS = { 'u-104': 'Dr. Lindqvist', 'u-118': 'Dr. Okafor', 'u-122': 'Dr. Haddad', 'u-131': 'Nurse Ruiz' } as const;
const CODES: { readonly [code: string]: string } = { J06: 'Acute upper respiratory infections', 'J45.90': 'Unspecified asthma', 'Z00.1': 'Encounter for newborn, infant and child health examinations', 'J30.9': 'Allergic rhinitis, unspecified', 'L20.9': 'Atopic dermatitis, unspecified', 'H66.9': 'Otitis media, unspecified', F90: 'Attention-deficit hyperactivity disorders', 'K59.0': 'Constipation' };
const NAMES = ['Ada Lind', 'Noor Haddad', 'Emil Brandt', 'Mina Sato', 'Jonas Weber', 'Lea Fournier', 'Iris Novak', 'Tomas Silva'];
const ALLERGIES: readonly (readonly string[])[] = [[], ['penicillin', 'latex'], [], ['pollen'], ['egg'], [], [], ['cow milk', 'soy']];
const DEVICES = ['ipad-ward-3', 'chrome-amelie', 'front-desk-1', 'desk-3'];
const at = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
const ref = (entity: string, id: string): Json => ({ $ref: entity, id });

/** The row that the events of the script write to. */
const WRITTEN = 19;
const COUNT = 1_240;
const FIRST = 20_400;
const MET: ReadonlySet<number> = new Set([4, 9, WRITTEN, 23]);

function patient(n: number, weightKg = 8 + ((n * 37) % 520) / 10): Patient {
  const problems = n === 11 ? ['U07.1'] : n % 4 === 1 ? [at(Object.keys(CODES), n), 'U07.1'] : [at(Object.keys(CODES), n)];
  return {
    id: `p-${FIRST + n}`,
    version: n === WRITTEN ? 2_903 : 2_200 + ((n * 53) % 700),
    minutes: (n * 53) % 700,
    deviceId: at(DEVICES, n),
    value: {
      name: at(NAMES, n),
      born: `20${10 + (n % 14)}-0${1 + (n % 9)}-1${n % 9}`,
      weightKg: n === WRITTEN ? 23.4 : weightKg,
      problems: problems.map((code) => ref('icd10', code)),
      primary: ref('user', n === WRITTEN ? 'u-118' : at(Object.keys(USERS), n)),
      allergies: [...at(ALLERGIES, n)],
      'contact.phone': n === WRITTEN ? '+1 555 0117' : `+1 555 0${100 + (n % 900)}`,
      insurance: { plan: 'HF-2', memberId: `NW-${70_000 + n}` },
      guardian: null,
      consent: n % 7 !== 0,
    },
  };
}

const PATIENTS: readonly Patient[] = Array.from({ length: COUNT }, (_, n) => patient(n));
const confirmed = (one: Patient): Json => (one.id === `p-${FIRST + WRITTEN}` ? { ...one.value, weightKg: 22.9 } : one.value);

/** What the rows were before: a few were added, changed or deleted since. */
function then(version: number): readonly Patient[] {
  const since = 2_907 - version;
  const added = new Set([5, 12, 31].slice(0, since));
  const changed = new Set([WRITTEN, 3, 7, 22, 24, 40].slice(0, since));
  const was = (one: Patient, n: number): Patient => (changed.has(n) ? { ...one, version: one.version - 60, value: { ...one.value, weightKg: Number(one.value['weightKg']) - 0.5, ...(n % 2 === 1 ? { primary: ref('user', 'u-104'), 'contact.phone': '+1 555 0142' } : {}) } } : one);
  const gone = since === 0 ? [] : [{ ...patient(7), id: 'p-19002', version: 2_091 }];
  return [...gone, ...PATIENTS.flatMap((one, n) => (added.has(n) ? [] : [was(one, n)]))];
}

function conflicts(contextId: string, now: number): readonly ConflictRow[] {
  const count = CONTEXTS.find(({ id }) => id === contextId)?.conflicts ?? 0;
  const ids = [WRITTEN, 4, WRITTEN, 9, 23].map((n) => `p-${FIRST + n}`);
  return Array.from({ length: count }, (_, i): ConflictRow => {
    const inPatients = i < ids.length;
    return { conflictId: `k-${contextId}-${i}`, contextId, at: now - 38_000 - i * 31_000, entity: inPatients ? 'patient' : i % 3 === 0 ? 'visit' : 'note', entityId: inPatients ? (ids[i] ?? '') : `n-${77_100 + i}`, state: 'automatic', strategy: inPatients ? 'fields' : i % 3 === 0 ? 'lww' : 'text', winner: inPatients ? 'merged' : i % 2 === 0 ? 'theirs' : 'mine', theirDevice: at(DEVICES, i), theirVersion: 2_903 - ((i * i * 7) % 380), mutationIds: [], code: null };
  });
}

const ENTITIES: ResultOf<'Data.entities'>['entities'] = [
  { entity: 'appointment', strategy: 'lww', rows: 2_040, pending: 0, conflicts: 0, columns: ['patient', 'at', 'room'], references: {} },
  { entity: 'note', strategy: 'text', rows: 1_870, pending: 1, conflicts: 29, columns: ['body', 'kind', 'author'], references: { author: 'user' } },
  { entity: 'patient', strategy: 'fields', rows: COUNT, pending: 1, conflicts: 5, columns: ['born', 'weightKg', 'allergies', 'problems', 'primary', 'name', 'consent'], references: { primary: 'user' } },
  { entity: 'task', strategy: 'fields', rows: 318, pending: 0, conflicts: 0, columns: ['title', 'done'], references: {} },
  { entity: 'visit', strategy: 'lww', rows: 1_112, pending: 0, conflicts: 14, columns: ['patient', 'status', 'at'], references: {} },
];

/** Rows of the other entities by their versions alone: a few of each have changed since. */
const OTHERS: readonly { readonly entity: string; readonly id: string; readonly version: number }[] = ENTITIES.filter(({ entity }) => entity !== 'patient').flatMap(({ entity, rows }) => Array.from({ length: rows }, (_, n) => ({ entity, id: `${entity.charAt(0)}-${FIRST + n}`, version: 1_200 + ((n * 53) % 1_690) })));
const othersThen = (version: number): typeof OTHERS => OTHERS.filter((_, n) => version >= 2_907 || n % 1_500 !== 7).map((one, n) => (version < 2_907 && n % 900 === 11 ? { ...one, version: one.version - 40 } : one));

/** Answers to what the panel asks in SQL; undefined: it asks nothing of rows. */
function queried(sql: string, params: readonly Json[] = []): readonly (readonly Json[])[] | undefined {
  if (sql.includes('FROM base')) return PATIENTS.slice(WRITTEN, WRITTEN + 1).map((one) => ['patient', one.id, JSON.stringify(confirmed(one))]);
  if (sql.includes('count(*) OVER ()')) return params[0] === 'note' ? [[9, 'n-77120'], [9, 'n-77131']] : [];
  if (sql.startsWith('SELECT entity, id, version FROM rows')) return [...PATIENTS.map(({ id, version }) => ['patient', id, version]), ...OTHERS.map(({ entity, id, version }) => [entity, id, version])];
  if (sql.startsWith('SELECT id, version, value FROM rows')) {
    const wanted = new Set(JSON.parse(params[1] as string) as string[]);
    return PATIENTS.filter(({ id }) => wanted.has(id)).map(({ id, version, value }) => [id, version, JSON.stringify(value)]);
  }
  if (!sql.startsWith('SELECT rows.entity, rows.id')) return undefined;
  const known: { readonly [entity: string]: { readonly [id: string]: string } } = { user: USERS, icd10: CODES };
  return (JSON.parse(params[0] as string) as [string, string][]).flatMap(([entity, id]) => {
    const name = known[entity]?.[id];
    return name === undefined ? [] : [[entity, id, JSON.stringify({ name })]];
  });
}

export function rowsAnswers(now: number): Answers {
  const rowOf = ({ id, version, value, minutes, deviceId }: Patient): Row => ({ id, version, value, deviceId, timestamp: now - 38_000 - minutes * 1_000, mark: id === `p-${FIRST + WRITTEN}` ? 'pending' : 'confirmed' });
  return {
    'Data.entities': () => ({ entities: ENTITIES }),
    'Data.rows': ({ entity, after = '', limit = 100, search = '', only }) => {
      const all = entity === 'patient' ? PATIENTS.map(rowOf) : PATIENTS.slice(0, 40).map((one) => ({ ...rowOf(one), id: one.id.replace('p', entity.charAt(0)), mark: 'confirmed' as const }));
      const kept = all.filter(({ mark }, n) => (only === undefined ? true : only === 'pending' ? mark === 'pending' : only === 'conflicts' && entity === 'patient' && MET.has(n)));
      const rows = kept.filter(({ id }) => id > after && id.includes(search));
      return { rows: rows.slice(0, limit), more: rows.length > limit, masked: false };
    },
    'Conflict.list': ({ contextId, limit = 200 }) => {
      const all = conflicts(contextId, now);
      return { conflicts: all.slice(0, limit), more: all.length > limit };
    },
    'Context.stateAt': ({ version }) => {
      const rows = then(version).map(({ id, version: was, value, deviceId, minutes }) => ({ entity: 'patient', id, version: was, value, deleted: false, timestamp: now - minutes * 60_000, deviceId }));
      const all = [...rows, ...othersThen(version).map((one) => ({ ...one, value: null, deleted: false, timestamp: now, deviceId: 'desk-3' }))];
      return { source: 'server', total: all.length, rows: all };
    },
    'Data.query': ({ sql, params }) => {
      if (/selec /i.test(sql)) throw new Error('near "selec": syntax error');
      const rows = queried(sql, params);
      return { columns: rows === undefined ? ['status', 'visits', 'last'] : (rows[0] ?? []).map((_, i) => `c${i}`), rows: (rows ?? [['planned', 412, '14:05'], ['done', 3_900, '14:04'], ['cancelled', 800, '13:58']]).map((row) => [...row]), truncated: false, durationMs: 2.4, localVersion: 2_907 };
    },
  };
}
