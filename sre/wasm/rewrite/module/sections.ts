// The sections of a module.

/** Section ids by name, in the order in which they must stand. */
export const SECTION = {
  ...{ type: 1, import: 2, function: 3, table: 4, memory: 5, tag: 13, global: 6, export: 7, start: 8, element: 9 },
  ...{ "data count": 12, code: 10, data: 11 },
} as const;
