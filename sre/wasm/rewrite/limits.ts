// Caps on what the rewriter takes. Each lies well under what V8, SpiderMonkey and JavaScriptCore accept, so that
// an engine's own limit never decides whether a module is valid. Changing one changes the profile.

/** Caps on a source module and on its rewritten form. */
export const REWRITE_LIMITS = {
  /** Bytes of a source module: a CPython build has 21 MB, a Ruby build 31 MB. */
  moduleBytes: 32 * 1024 * 1024,
  /** Bytes of a rewritten module. The worst growth per byte is 24-fold (a run of float operations). */
  outputBytes: 128 * 1024 * 1024,
  /** Bytes of one rewritten function body; engines refuse bodies above 7,654,321 bytes. */
  bodyBytes: 7_000_000,
  /** Places in all functions that a pass may act on; real code has one in 7 bytes. At 18 bytes each, 144 MB. */
  marks: 8_000_000,
  /** Bytes of one function body of the source. */
  sourceBodyBytes: 7_000_000,
  /** Operands at once in a function or a constant expression; a frame of a third of this passes the stack limit. */
  operands: 100_000,
  /** Types compared or moved in lists (of calls, branches, blocks) in the whole module: at 2 ns each, a second. */
  moves: 500_000_000,
  /** memory.grow and table.grow in the whole module: at 10,000 each, no region's price comes near 2^31. */
  growths: 100_000,
  /** Catch clauses of one try_table. */
  catches: 10_000,
  /**
   * Locals and operands, times the places where a baseline compiler looks at all of them (regions, branch targets,
   * calls), over the whole module: up to 40 ns each in V8, so some four seconds of compiling that no fuel pays for.
   */
  states: 100_000_000,
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
   * is made, and nobody pays for it: V8 takes up to 0.4 µs each.
   */
  constants: 1_000_000,
  /** Element segments; engines take 10,000,000. */
  elementSegments: 100_000,
  /** Data segments; engines take 100,000. */
  dataSegments: 50_000,
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
