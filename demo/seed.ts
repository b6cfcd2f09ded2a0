import type { Admin } from '../sync-server/index.ts';
import { AMBIENT, CLINICS, DEVICES } from './clinics.ts';
import { ambientRows, clinicRows } from './generate.ts';

/** How far seeding is: `rows` of `total`. */
export type SeedProgress = (done: { readonly rows: number; readonly total: number; readonly what: string }) => void;

/** Creates and fills what is not there yet; a start that was cut off goes on where it was. Returns how many rows were imported. */
export async function seed(admin: Admin, existing: ReadonlyMap<string, number>, progress: SeedProgress): Promise<number> {
  const ambientTotal = AMBIENT.users + AMBIENT.codes;
  const todo = [
    { ...AMBIENT, kind: 'ambient' as const, count: ambientTotal, rows: () => ambientRows() },
    ...CLINICS.map((clinic) => ({ ...clinic, kind: 'tenant' as const, count: clinic.patients * 2, rows: () => clinicRows(clinic.contextId, clinic.patients) })),
  ].filter(({ contextId }) => (existing.get(contextId) ?? 0) === 0);
  const total = todo.reduce((sum, { count }) => sum + count, 0);
  let rows = 0;
  for (const { contextId, kind, title, rows: make } of todo) {
    progress({ rows, total, what: title });
    if (!existing.has(contextId)) await admin.createContext({ contextId, kind, title, schemaVersion: 1, readableFrom: 1 });
    rows += (await admin.importRows(contextId, make())).rows;
    progress({ rows, total, what: title });
  }
  for (const { userId, clinics } of DEVICES) {
    await admin.setMember(AMBIENT.contextId, userId, 'reader');
    for (const contextId of clinics) await admin.setMember(contextId, userId, 'writer');
  }
  return rows;
}
