/** True for undefined and for an object without a key of its own. */
export function isEmptyObject(object: object | undefined): boolean {
  for (const key in object) if (Object.hasOwn(object, key)) return false;
  return true;
}
