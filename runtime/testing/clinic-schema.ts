import { defineSchema, typeOf, type ContextClient } from '../index.ts';

export interface Patient {
  readonly name: string;
  readonly ward?: string;
  readonly note?: string;
}

export const clinicSchema = defineSchema({
  version: 1,
  entities: {
    patient: { value: typeOf<Patient>(), strategy: 'fields', fields: ['name', 'ward'], indexes: ['name'] },
    visit: { value: typeOf<{ at: number; text: string }>() },
    letter: { value: typeOf<{ text: string }>(), strategy: 'text', textFields: ['text'] },
    consent: { value: typeOf<{ given: boolean }>(), strategy: 'ask' },
  },
});
export type ClinicClient = ContextClient<NonNullable<(typeof clinicSchema)['types']>>;
