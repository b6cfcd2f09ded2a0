declare const brand: unique symbol;

/** A type that only its parser can make: `Brand<string, 'ContextId'>` is not assignable from a plain string. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
