/** The clinics of the demo, of different sizes; the first patients of each are the ones that everybody works on. */
export const CLINICS = [
  { contextId: 'clinic-a', title: 'Harbor Family Practice', patients: 900 },
  { contextId: 'clinic-b', title: 'Riverside Pediatrics', patients: 1_400 },
  { contextId: 'clinic-c', title: 'Northgate Urgent Care', patients: 2_600 },
  { contextId: 'clinic-d', title: 'Eastside Dental', patients: 500 },
  { contextId: 'clinic-e', title: 'Maple Street Clinic', patients: 300 },
  { contextId: 'clinic-f', title: 'Lakeview Women’s Health', patients: 1_100 },
  { contextId: 'clinic-g', title: 'Summit Orthopedics', patients: 1_800 },
  { contextId: 'clinic-h', title: 'Bayside Cardiology', patients: 2_200 },
  { contextId: 'clinic-i', title: 'Old Town Medical', patients: 700 },
  { contextId: 'clinic-j', title: 'Pinecrest Family Medicine', patients: 1_300 },
  { contextId: 'clinic-k', title: 'Westbrook Internists', patients: 400 },
  { contextId: 'clinic-l', title: 'Foothill Pediatrics', patients: 150 },
] as const;

export const AMBIENT = { contextId: 'shared', title: 'Users and diagnosis codes', users: 200, codes: 15_000 } as const;

/** Three people on three devices, whose clinics overlap: where they do, they collide. */
export const DEVICES = [
  { deviceId: 'tablet-amelie', userId: 'amelie', title: 'Rounds, Amélie’s tablet', clinics: ['clinic-a', 'clinic-b', 'clinic-c', 'clinic-d', 'clinic-e', 'clinic-f', 'clinic-g', 'clinic-h'], maxActive: 2 },
  { deviceId: 'laptop-bruno', userId: 'bruno', title: 'Reception, Bruno’s laptop', clinics: ['clinic-a', 'clinic-b', 'clinic-c', 'clinic-i', 'clinic-j', 'clinic-k'], maxActive: 2 },
  { deviceId: 'phone-chidi', userId: 'chidi', title: 'On call, Chidi’s phone', clinics: ['clinic-b', 'clinic-c', 'clinic-d', 'clinic-l', 'clinic-g'], maxActive: 1 },
] as const;
export type DemoDevice = (typeof DEVICES)[number];

/** How many patients of a clinic are worked on: few, so that two people meet. */
export const BUSY_PATIENTS = 5;

export const patientId = (contextId: string, index: number): string => `${contextId.replace('clinic-', '')}-${String(index).padStart(4, '0')}`;
