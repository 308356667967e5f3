// Who can call whom, and what each own function does that the passes must know before they write: one reading of the
// tape. Nodes are the own functions, then INDIRECT (whatever an indirect call may reach) and HOST (whatever the host
// may call back into while a host call is under way).
import { MARK, MENTION, type Module, type Tape } from "./module/index.ts";

/** What an own function does in live code; bits. */
export const TRAIT = {
  loop: 1,
  /** Calls an import, through a table, in tail position. */
  host: 2,
  indirect: 4,
  tail: 8,
  /** Bulk operations with a length. */
  bulk: 16,
  grow: 32,
  throws: 64,
  tries: 128,
  /** A br_if or br_table to the function's own label. */
  exits: 256,
} as const;

/** Directed edges in rows: those of node n are `target[start[n]]` up to, not including, `target[start[n + 1]]`. */
export interface CallGraph {
  /** Own functions; node `functions` is INDIRECT, the next is HOST. */
  readonly functions: number;
  readonly start: Int32Array;
  readonly target: Int32Array;
  /** Bits of `TRAIT` by own function. */
  readonly traits: Uint16Array;
  /** Whether memory m or table t grows anywhere. */
  readonly growsMemory: Uint8Array;
  readonly growsTable: Uint8Array;
}

/** Traits by kind of mark. */
const TRAITS = new Uint16Array(256);
TRAITS[MARK.loop] = TRAIT.loop;
TRAITS[MARK.callImport] = TRAIT.host;
TRAITS[MARK.callIndirect] = TRAIT.indirect;
TRAITS[MARK.returnCall] = TRAIT.tail;
TRAITS[MARK.returnCallImport] = TRAIT.tail | TRAIT.host;
TRAITS[MARK.returnCallIndirect] = TRAIT.tail | TRAIT.indirect;
TRAITS[MARK.bulkBytes] = TRAIT.bulk;
TRAITS[MARK.bulkElements] = TRAIT.bulk;
TRAITS[MARK.memoryGrow] = TRAIT.grow;
TRAITS[MARK.tableGrow] = TRAIT.grow;
TRAITS[MARK.tryTable] = TRAIT.tries;
TRAITS[MARK.throw] = TRAIT.throws;
TRAITS[MARK.throwRef] = TRAIT.throws;

/**
 * Reads the graph off the tape. In an `open` module functions whose address is taken may be called by other modules, and
 * indirect calls may reach theirs: all of these count as calling the host, and the host as calling them (SPEC rule K5).
 */
export function callGraph(module: Module, tape: Tape, open: boolean): CallGraph {
  const functions = tape.bodies.length;
  const imports = module.imports.length;
  const { kind, value } = tape;
  const start = new Int32Array(functions + 3);
  // At most one edge for each mark, two more for each function, and the bodies' edges to INDIRECT and HOST.
  let target = new Int32Array(1024);
  let edges = 0;
  const edge = (to: number) => {
    if (edges === target.length) {
      const larger = new Int32Array(edges * 2);
      larger.set(target);
      target = larger;
    }
    target[edges++] = to;
  };
  const traits = new Uint16Array(functions);
  const taken = MENTION.data | MENTION.code;
  const growsMemory = new Uint8Array(module.memories.length);
  const growsTable = new Uint8Array(module.tables.length);
  for (let index = 0; index < functions; index++) {
    const { marks, marksEnd } = tape.bodies[index]!;
    let bits = 0;
    for (let mark = marks; mark < marksEnd; mark++) {
      const what = kind[mark]!;
      bits |= TRAITS[what]!;
      if (what === MARK.call || what === MARK.returnCall) edge(value[mark]! - imports);
      else if (what === MARK.memoryGrow) growsMemory[value[mark]!] = 1;
      else if (what === MARK.tableGrow) growsTable[value[mark]!] = 1;
      else if ((what === MARK.brIf || what === MARK.brTable) && (value[mark]! & 1) === 1) bits |= TRAIT.exits;
    }
    if ((bits & TRAIT.indirect) !== 0) edge(functions);
    const met = open && (module.mentions[imports + index]! & taken) !== 0;
    if (met || (bits & TRAIT.host) !== 0) edge(functions + 1);
    traits[index] = bits;
    start[index + 1] = edges;
  }
  const mentioned = (bits: number, from: number, to: number, each: (index: number) => void) => {
    for (let index = from; index < to; index++) if ((module.mentions[index]! & bits) !== 0) each(index - imports);
  };
  mentioned(taken, imports, imports + functions, edge);
  let hostTaken = open;
  mentioned(taken, 0, imports, () => {
    hostTaken = true;
  });
  if (hostTaken) edge(functions + 1);
  start[functions + 1] = edges;
  mentioned(MENTION.export, imports, imports + functions, edge);
  if (open) edge(functions);
  start[functions + 2] = edges;
  return { functions, start, target, traits, growsMemory, growsTable };
}
