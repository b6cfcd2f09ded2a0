import { seededRandom } from '../../shared/base/random.ts';
import { defineSchema, typeOf } from '../../runtime/index.ts';

/** Keys in the order of the canonical text, so that `JSON.stringify` gives it. */
export interface Patient {
  readonly birth: string;
  readonly city: string;
  readonly diagnosis: string;
  readonly id: string;
  readonly insurance: string;
  readonly name: string;
  readonly notes: string;
  readonly phone: string;
  readonly room: number;
  readonly seen: number;
  readonly status: string;
}

export const schemaOf = (version: number, indexes: readonly string[] = ['name']) =>
  defineSchema({
    version,
    // Of version 2: every value gets a field, as a major update would have it.
    migrations: version < 2 ? [] : [{ from: 1, transform: (_entity, value) => ({ ...(value as object), triage: 'none' }) }],
    entities: {
      patient: { value: typeOf<Patient>(), strategy: 'fields', fields: ['name', 'room', 'status'], indexes },
      code: { value: typeOf<{ readonly code: string; readonly title: string }>(), fields: ['code', 'title'] },
    },
    warm: [`SELECT id, value FROM rows WHERE entity = 'patient' LIMIT 20`],
  });

const FIRST = 'Ana Bo Carmen Dmitri Elif Farah Goran Hana Ivo Jamila Kofi Lena Mara Nils Olga Pablo Quynh Rosa Sven Tariq Uma Vera Wei Ximena Yusuf Zoe'.split(' ');
const LAST = 'Abebe Becker Costa Dubois Eriksen Fischer Garcia Haddad Ito Jensen Kaya Lopez Moreau Novak Okafor Petrov Quist Rossi Sato Tran Ueda Vogel Wojcik Xu Yilmaz Zhang'.split(' ');
const CITIES = 'Aarhus Bergen Cork Delft Evora Faro Ghent Hamar Izola Jena Kiel Linz Metz Nice Oulu Porto Riga Split Turku Udine Varna Wels Ypres Zadar'.split(' ');
const WORDS = `abdomen acute admitted allergy ankle antibiotic anxiety appetite arm asthma balance bandage blood breath bruise burn calm cardiac care chest
child chronic clear cold cough cut daily day diabetes diet dizzy dose dressing dry ear elbow evening exam eye family fatigue fever flu follow fracture gait
good hand head healing hearing heart heat hip history hives improved infection injury insulin intact joint kidney knee lab left leg light liver lung meal
mild moderate month morning mother motion nausea neck nerve night none normal nurse onset oral pain pale patient period plan pressure pulse rash rest
right salt scan severe shoulder sight skin sleep slight slow soft spine sprain stable steady stiff stomach strong sugar swelling tablet tender test
thirst throat today tomorrow travel twice ulcer unclear urine vaccine vein visit vision walk warm water weak week weight wound wrist year young`.split(/\s+/);

export const patientId = (n: number): string => `p${String(n).padStart(8, '0')}`;

/** A patient-like record of about 500 bytes of JSON, the same for the same number. */
export function patient(n: number): Patient {
  const random = seededRandom(n * 2_654_435_761);
  const notes: string[] = [];
  for (let length = 0; length < 265; length += (notes.at(-1)?.length ?? 0) + 1) notes.push(random.pick(WORDS));
  return {
    birth: `${1930 + random.int(90)}-${String(1 + random.int(12)).padStart(2, '0')}-${String(1 + random.int(28)).padStart(2, '0')}`,
    city: random.pick(CITIES),
    diagnosis: `${'ABCDEFGHIJKLMNOPQRSTZ'.charAt(random.int(21))}${String(random.int(100)).padStart(2, '0')}.${random.int(10)}`,
    id: patientId(n),
    insurance: `${random.int(10)}-${String(random.int(100_000_000)).padStart(8, '0')}`,
    name: `${random.pick(FIRST)} ${random.pick(LAST)}`,
    notes: notes.join(' '),
    phone: `555-01${String(random.int(100)).padStart(2, '0')}`,
    room: random.int(400),
    seen: 1_700_000_000_000 + random.int(100_000_000) * 100,
    status: random.pick(['waiting', 'admitted', 'discharged']),
  };
}

/** Of the ambient tier: shaped like a code of a classification, with a title that makes it as long as the real ones with their texts. */
export function code(n: number): { readonly code: string; readonly title: string } {
  const random = seededRandom(n + 7);
  return { code: `C${String(n).padStart(6, '0')}`, title: Array.from({ length: 110 }, () => random.pick(WORDS)).join(' ') };
}

export const SIZES = { small: 10_000, large: 100_000, huge: 600_000, giant: 4_000_000, ambient: 15_200 } as const;
