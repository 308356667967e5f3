// Limits of components that are part of every profile: what is read of them, and what their values may take of the host.

/** Limits of a component. */
export const COMPONENT_LIMITS = {
  /** Bytes of a component: as a core module's. */
  bytes: 32 * 1024 * 1024,
  /** Components within each other; tools nest two or three. */
  nesting: 16,
  /** Core modules together, in all that is nested; a composition of a dozen components has about sixty. */
  modules: 256,
  /** Sections, and entries of every index space, of one component or type. */
  entries: 10_000,
  /** Types within a type, each counted as often as it is named: the glue has code for each. */
  typeNodes: 1_000,
  /** Types within the functions that are lifted and lowered, together: the glue has code for each at each of them. */
  crossingNodes: 20_000,
  /** Levels of types within each other. */
  typeDepth: 48,
  /** Parameters of a function, fields of a record, cases of a variant. */
  labels: 200,
  /** Instances of core modules in a run: each memory takes address space of the host. */
  instances: 256,
  /** Bytes of a name. */
  nameBytes: 256,
} as const;

/** What the glue may take from the guest's memory, or write to it, between two times that guest code runs. */
export const CROSSING_LIMITS = {
  /** Numbers read or written one by one: each becomes at most one value of the host's, of up to a hundred bytes. */
  numbers: 4 * 1024 * 1024,
  /** Bytes of strings and of lists of numbers. */
  bytes: 64 * 1024 * 1024,
} as const;

/** Bytes that a stream or file takes or gives at once. */
export const STREAM_BYTES = 1024 * 1024;
/** What a call through the glue costs besides its import's price: 4 to 10 µs of the glue's own. */
export const GLUE_CALL_FUEL = 1_000;
/** Bytes of stack metric that such a call takes: some ten frames of the host. */
export const GLUE_CALL_STACK = 4 * 1024;
