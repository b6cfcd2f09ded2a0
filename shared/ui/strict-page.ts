// Imported before anything else by a shell: its pages forbid code made from text, so the schema library must not even try it.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
