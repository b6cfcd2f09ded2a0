import { defineSchema, typeOf } from '../runtime/index.ts';

export interface Reference {
  readonly $ref: string;
  readonly id: string;
}

export interface Patient {
  readonly name: string;
  readonly born: string;
  readonly ward: string;
  readonly phone: string;
  readonly status: 'waiting' | 'admitted' | 'discharged';
  readonly doctor: Reference;
  readonly diagnosis: Reference;
}

export interface Visit {
  readonly patient: string;
  readonly at: string;
  readonly room: string;
  readonly pulse: number;
}

export interface Note {
  readonly patient: string;
  readonly text: string;
}

/** What a clinic's context holds: one entity for each way of settling a conflict. */
export const schema = defineSchema({
  version: 1,
  entities: {
    patient: {
      value: typeOf<Patient>(),
      strategy: 'fields',
      fields: ['name', 'born', 'ward', 'phone', 'status', 'doctor', 'diagnosis'],
      enumFields: ['status'],
      indexes: ['name', 'ward'],
      references: { doctor: 'user', diagnosis: 'diagnosis' },
    },
    visit: { value: typeOf<Visit>(), strategy: 'lww', fields: ['patient', 'at', 'room', 'pulse'], indexes: ['patient'] },
    note: { value: typeOf<Note>(), strategy: 'text', textFields: ['text'], fields: ['patient', 'text'] },
    consent: { value: typeOf<{ readonly patient: string; readonly given: boolean }>(), strategy: 'ask', fields: ['patient', 'given'] },
    user: { value: typeOf<{ readonly name: string; readonly role: string }>(), fields: ['name', 'role'] },
    diagnosis: { value: typeOf<{ readonly code: string; readonly title: string }>(), fields: ['code', 'title'], indexes: ['code'] },
  },
  warm: ['SELECT count(*) FROM outbox'],
});

export type DemoValues = NonNullable<(typeof schema)['types']>;
