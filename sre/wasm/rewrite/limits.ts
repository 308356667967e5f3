// Caps on what the rewriter takes. Each lies well under what V8, SpiderMonkey and JavaScriptCore accept, so that
// an engine's own limit never decides whether a module is valid. Changing one changes the profile.

/** Caps on a source module and on its rewritten form. */
export const REWRITE_LIMITS = {
  /** Bytes of a source module: a CPython build has 21 MB, a Ruby build 31 MB. */
  moduleBytes: 32 * 1024 * 1024,
  /** The size of a module by SPEC rule M10: an upper bound of what rewriting it writes. */
  moduleSize: 128 * 1024 * 1024,
  /** The size of one function body by the same rule; engines refuse bodies above 7,654,321 bytes. */
  bodySize: 7_000_000,
  /**
   * Reachable instructions that a row of SPEC rule M10 names, in all functions: places where a pass may act. Real code has
   * one in 7 bytes. At 18 bytes each, 144 MB.
   */
  places: 8_000_000,
  /** Operands at once in a function or a constant expression; a frame of a third of this passes the stack limit. */
  operands: 100_000,
  /** memory.grow and table.grow in the whole module: at 10,000 each, no region's price comes near 2^31. */
  growths: 100_000,
  /**
   * Types in the lists that instructions name (SPEC rule M11), in the whole module: each is compared or moved up to three
   * times in validation, so that all together take a second.
   */
  listed: 200_000_000,
  /** Catch clauses of one try_table. */
  catches: 10_000,
  /**
   * Locals and operands, times the places where a baseline compiler looks at all of them (regions, branch targets,
   * calls), over the whole module: up to 40 ns each in V8, of compiling that no fuel pays for. So many are free, 0.4 s;
   * beyond, so many for each byte of the module: real ones have up to 2.1.
   */
  states: 10_000_000,
  statesPerByte: 3,
  /** Entries of the type section; engines take 1,000,000. */
  types: 100_000,
  /** Imported and own functions together; engines take 1,000,000. */
  functions: 200_000,
  /** Parameters and results of all types together: at 8 bytes each, 16 MB. */
  typeEntries: 2_000_000,
  /** Parameters of a function type; engines take 1,000. */
  params: 500,
  /** Results of a function type; engines take 1,000. */
  results: 500,
  /** Parameters and locals of a function; engines take 50,000, and zeroing them is charged 1 per 8. */
  locals: 20_000,
  /** Own globals; engines take 1,000,000. */
  globals: 100_000,
  /** Imports; engines take 100,000 and the widest ABI offers about ten. */
  imports: 1_000,
  /** Exports; engines take 1,000,000. */
  exports: 100_000,
  /** Tables; engines take 100,000. */
  tables: 16,
  /** Memories; V8 takes 100,000, and each reserves address space. */
  memories: 16,
  /** Greatest declared maximum of a memory with 64-bit addresses, in pages: 16 GiB; V8 13 takes no more. */
  widePages: 262_144,
  /** Tags; engines take 1,000,000. */
  tags: 10_000,
  /** Elements of all tables together: at about 40 bytes each in an engine, 40 MB. */
  tableElements: 1_000_000,
  /**
   * Instructions of all constant expressions, and elements by index, together. They are worked off whenever an instance
   * is made: V8 takes up to 0.4 µs each.
   */
  constants: 1_000_000,
  /** Element segments; engines take 10,000,000. */
  elementSegments: 100_000,
  /** Data segments; engines take so many, and a Go program has 98,000. */
  dataSegments: 100_000,
  /** Nested blocks in a function: a compiled switch nests one per case. */
  nesting: 20_000,
  /**
   * Targets of one br_table; engines take 65,520. V8's optimising compiler takes time by their square: 0.1 s for so
   * many, 2.6 s for 50,000.
   */
  branchTargets: 10_000,
  /** Bytes of an import or export name; engines take 100,000. */
  nameBytes: 1_000,
} as const;
