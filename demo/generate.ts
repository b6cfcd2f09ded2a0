import { seededRandom } from '../shared/base/random.ts';
import { AMBIENT, BUSY_PATIENTS, patientId } from './clinics.ts';
import type { Note, Patient, Visit } from './schema.ts';

// Made people with made ailments, the same at every first start. No row describes anybody.

const FIRST = ['Ada', 'Bilal', 'Chloé', 'Dmitri', 'Esther', 'Farid', 'Greta', 'Hiro', 'Ines', 'Jonas', 'Kwame', 'Leila', 'Mateo', 'Nora', 'Oksana', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Tomoko', 'Ugo', 'Vera', 'Wen', 'Ximena', 'Yusuf', 'Zoë'];
const LAST = ['Abara', 'Brandt', 'Castillo', 'Duarte', 'Eriksen', 'Fischer', 'García', 'Haddad', 'Ivanova', 'Jansen', 'Kovač', 'Lindqvist', 'Moreau', 'Nakamura', 'Okafor', 'Petrov', 'Quispe', 'Rossi', 'Silva', 'Tanaka', 'Usman', 'Vogel', 'Wójcik', 'Xu', 'Yılmaz', 'Zhang'];
const PARTS = ['shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle', 'lower back', 'neck', 'chest', 'abdomen', 'left ear', 'right ear', 'eyelid', 'forearm', 'calf'];
const TROUBLES = ['Sprain of the', 'Inflammation of the', 'Fracture of the', 'Pain in the', 'Swelling of the', 'Laceration of the', 'Infection of the', 'Injury of nerve at the', 'Burn of the', 'Stiffness of the'];
const COURSES = ['initial encounter', 'subsequent encounter', 'sequela', 'unspecified', 'acute', 'chronic', 'recurrent'];

interface Row {
  readonly entity: string;
  readonly entityId: string;
  readonly value: never;
}

const row = (entity: string, entityId: string, value: unknown): Row => ({ entity, entityId, value: value as never });
const seedOf = (text: string): number => [...text].reduce((seed, letter) => Math.imul(seed ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);

export function* ambientRows(): Generator<Row> {
  const random = seededRandom(seedOf('shared'));
  for (let i = 0; i < AMBIENT.users; i++) {
    yield row('user', `u-${100 + i}`, { name: `Dr. ${random.pick(FIRST)} ${random.pick(LAST)}`, role: random.pick(['physician', 'nurse', 'reception', 'laboratory']) });
  }
  for (let i = 0; i < AMBIENT.codes; i++) {
    const code = diagnosisCode(i);
    yield row('diagnosis', code, { code, title: `${random.pick(TROUBLES)} ${random.pick(PARTS)}, ${random.pick(COURSES)}` });
  }
}

/** Shaped like the codes of a classification, and belonging to none. */
const diagnosisCode = (index: number): string => `${String.fromCharCode(65 + (index % 24))}${String(Math.floor(index / 24) % 100).padStart(2, '0')}.${String(Math.floor(index / 2_400)).padStart(1, '0')}${index % 10}`;

export function* clinicRows(contextId: string, patients: number): Generator<Row> {
  const random = seededRandom(seedOf(contextId));
  for (let i = 0; i < patients; i++) {
    const id = patientId(contextId, i);
    const patient: Patient = {
      name: `${random.pick(FIRST)} ${random.pick(LAST)}`,
      born: `${1935 + random.int(88)}-${String(1 + random.int(12)).padStart(2, '0')}-${String(1 + random.int(28)).padStart(2, '0')}`,
      ward: random.pick(['A1', 'A2', 'B1', 'B2', 'C1']),
      phone: `555-01${String(random.int(100)).padStart(2, '0')}`,
      status: random.pick(['waiting', 'admitted', 'discharged'] as const),
      doctor: { $ref: 'user', id: `u-${100 + random.int(AMBIENT.users)}` },
      diagnosis: { $ref: 'diagnosis', id: diagnosisCode(random.int(AMBIENT.codes)) },
    };
    yield row('patient', id, patient);
    const visit: Visit = { patient: id, at: `2026-${String(1 + random.int(11)).padStart(2, '0')}-${String(1 + random.int(28)).padStart(2, '0')}T09:00:00Z`, room: `R${1 + random.int(12)}`, pulse: 55 + random.int(60) };
    yield row('visit', `${id}-v1`, visit);
    if (i < BUSY_PATIENTS) {
      yield row('note', `${id}-n`, { patient: id, text: 'Seen at intake. No known allergies.' } satisfies Note);
      yield row('consent', `${id}-c`, { patient: id, given: random.next() < 0.5 });
    }
  }
}
