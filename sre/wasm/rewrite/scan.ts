// Walks one function body once: checks every instruction and index, finds the regions with their cost, the
// height of the operand stack, and the sites where a pass has something to say. No recursion: nesting is the
// guest's choice, so open blocks lie on a stack of ours.
import { BULK_SHIFT, COST, ENTRY_COST, LOOP_COST } from "./cost.ts";
import { REWRITE_LIMITS } from "./limits.ts";
import { BULK_OPCODES, featureOf, OPCODES, type Opcode } from "./opcodes.ts";
import { readReferenceType, readValueType } from "./parse.ts";
import type { Reader } from "./reader.ts";
import type { FunctionType, Module, Range } from "./types.ts";

/**
 * A place in a body where a pass acts. `region`: fuel `value` is due here. `return`: at nesting `value`.
 * `nan`: the instruction before left a float of width `value`. `bulk`: before the instruction, its length is
 * shifted right by `value`. `grow`, `host` (a call of import `value`), `reference` (ref.func of import `value`):
 * replace the instruction.
 */
export interface Site {
  readonly kind: "region" | "return" | "nan" | "bulk" | "grow" | "host" | "reference";
  readonly start: number;
  readonly end: number;
  value: number;
}

/** What is known of a body after the walk. */
export interface Body {
  readonly type: FunctionType;
  /** Bytes of the local declarations after their count, and that count. */
  readonly locals: Range & { readonly groups: number };
  /** Parameters and locals together: appended locals begin here. */
  readonly localCount: number;
  /** Bytes of the instructions, the final `end` left out. */
  readonly code: Range;
  /** By rising offset; at one offset in the order in which they must be emitted. */
  readonly sites: readonly Site[];
  /** The greatest number of operands at once. */
  readonly operands: number;
  /** Functions named by ref.func. */
  readonly references: readonly number[];
  /** What a baseline compiler has to look at: all locals and operands at each region, branch target and call. */
  readonly states: number;
}

/** An open block. */
interface Block {
  readonly loop: boolean;
  readonly conditional: boolean;
  /** Operands below the block's own. */
  readonly base: number;
  readonly params: number;
  readonly results: number;
  /** Whether the block itself can't be reached: then nothing inside can. */
  readonly dead: boolean;
}

/** The walk's state. */
class Scan {
  readonly reader: Reader;
  readonly module: Module;
  readonly sites: Site[] = [];
  readonly references: number[] = [];
  readonly blocks: Block[] = [];
  readonly localCount: number;
  height = 0;
  operands = 0;
  /** Places where a compiler brings locals and operands in order: regions, branch targets, calls. */
  joins = 0;
  /** Whether control can't get here: after an unconditional branch, until the block's else or end. */
  dead = false;
  private region: Site;

  constructor(reader: Reader, module: Module, type: FunctionType, localCount: number) {
    this.reader = reader;
    this.module = module;
    this.localCount = localCount;
    this.region = this.open(ENTRY_COST + Math.floor(localCount / 8));
    this.blocks.push({
      loop: false,
      conditional: false,
      base: 0,
      params: 0,
      results: type.results.length,
      dead: false,
    });
  }

  private open(cost: number): Site {
    this.joins++;
    const at = this.reader.offset;
    const site: Site = { kind: "region", start: at, end: at, value: cost };
    this.push(site);
    return site;
  }

  /** Begins a region at the cursor. */
  begin(cost = 0): void {
    this.region = this.open(cost);
  }

  /** Charges the region under way; unreachable code costs nothing. */
  charge(cost: number): void {
    if (!this.dead) this.region.value += cost;
  }

  /** Takes and leaves operands. Unreachable code has any operands it likes (SPEC rule F4). */
  operate(pops: number, pushes: number): void {
    if (this.dead) return;
    const base = this.blocks[this.blocks.length - 1]!.base;
    if (this.height - pops < base) this.reader.refuse("malformed", "an instruction lacks operands");
    this.height += pushes - pops;
    if (this.height > this.operands) this.operands = this.height;
  }

  /** Notes a site, unless control can't get there: code that never runs needs no pass. */
  site(kind: Site["kind"], start: number, value: number): void {
    if (!this.dead) this.mention(kind, start, value);
  }

  /** Notes a site even in unreachable code: a function must be named alike everywhere for the module to be valid. */
  mention(kind: Site["kind"], start: number, value: number): void {
    this.push({ kind, start, end: this.reader.offset, value });
  }

  /** Appends a site. */
  push(site: Site): void {
    if (this.sites.length >= REWRITE_LIMITS.sites) {
      this.reader.refuse("limit", `has more than ${REWRITE_LIMITS.sites} places to rewrite`);
    }
    this.sites.push(site);
  }

  enter(block: Block): void {
    if (this.blocks.length >= REWRITE_LIMITS.nesting) {
      this.reader.refuse("limit", `nests more than ${REWRITE_LIMITS.nesting} blocks`);
    }
    this.blocks.push(block);
  }
}

/** Walks the body of own function `own`; throws `Refused`. */
export function scanBody(reader: Reader, module: Module, own: number): Body {
  const index = module.imports.length + own;
  const type = module.types[module.functions[index]!]!;
  const range = module.bodies[own]!;
  reader.section = "code";
  reader.function = index;
  reader.offset = range.start;
  reader.end = range.end;
  const groups = reader.count(REWRITE_LIMITS.locals, "groups of locals");
  const localsStart = reader.offset;
  const localCount = readLocals(reader, groups, type.params.length);
  const codeStart = reader.offset;
  const scan = new Scan(reader, module, type, localCount);
  while (scan.blocks.length > 0) instruction(scan);
  if (reader.offset !== range.end) reader.refuse("malformed", "code goes on after the function's end");
  reader.function = null;
  return {
    type,
    locals: { start: localsStart, end: codeStart, groups },
    localCount,
    code: { start: codeStart, end: range.end - 1 },
    sites: scan.sites,
    operands: scan.operands,
    references: scan.references,
    states: scan.joins * (localCount + scan.operands),
  };
}

function readLocals(reader: Reader, groups: number, params: number): number {
  let total = params;
  for (let group = 0; group < groups; group++) {
    const at = reader.offset;
    total += reader.u32();
    if (total > REWRITE_LIMITS.locals) {
      reader.refuse("limit", `has more than ${REWRITE_LIMITS.locals} parameters and locals`, at);
    }
    readValueType(reader);
  }
  return total;
}

function instruction(scan: Scan): void {
  const { reader, module } = scan;
  const at = reader.offset;
  const code = reader.byte();
  if (code === 0xfc) {
    prefixed(scan, at);
    return;
  }
  const row = OPCODES[code];
  if (row === undefined) refuseOpcode(reader, code, at);
  if (row.immediate === "special") {
    special(scan, code, row, at);
    return;
  }
  if (row.immediate === "local") reader.index(scan.localCount, "local");
  else if (row.immediate === "global") reader.index(module.globals, "global");
  else if (row.immediate === "memory-argument") memoryArgument(scan);
  else if (row.immediate === "i32") reader.skipSigned(32);
  else if (row.immediate === "i64") reader.skipSigned(64);
  else if (row.immediate === "f32") reader.skip(4);
  else if (row.immediate === "f64") reader.skip(8);
  scan.charge(row.cost);
  scan.operate(row.pops, row.pushes);
  if (row.nan !== undefined) scan.site("nan", reader.offset, row.nan);
}

function refuseOpcode(reader: Reader, code: number, at: number): never {
  const known = featureOf(code);
  const hex = `opcode 0x${code.toString(16).padStart(2, "0")}`;
  if (known === null) reader.refuse("malformed", `has an unknown instruction, ${hex}`, at);
  reader.refuse(
    "unsupported",
    `uses ${known.feature} (${hex}), which the draft profile does not take; ${known.remedy}`,
    at,
  );
}

function memoryArgument(scan: Scan): void {
  const { reader } = scan;
  const at = reader.offset;
  const align = reader.u32();
  if (align & 0x40) reader.refuse("unsupported", "uses multiple memories; build with one", at);
  if (align > 3) reader.refuse("malformed", "has an alignment above 8 bytes", at);
  if (scan.module.memory === null) reader.refuse("index", "uses memory 0, but there is none", at);
  reader.u32();
}

function memoryIndex(scan: Scan): void {
  const { reader } = scan;
  const at = reader.offset;
  if (reader.byte() !== 0) reader.refuse("unsupported", "uses multiple memories; build with one", at);
  if (scan.module.memory === null) reader.refuse("index", "uses memory 0, but there is none", at);
}

function dataIndex(scan: Scan): void {
  const { module } = scan;
  const reader: Reader = scan.reader;
  if (module.dataCount === null) reader.refuse("malformed", "names a data segment without a data count section");
  reader.index(module.dataCount, "data segment");
}

function prefixed(scan: Scan, at: number): void {
  const { module } = scan;
  const reader: Reader = scan.reader;
  const number = reader.u32();
  const row = BULK_OPCODES[number];
  if (row === null) reader.refuse("unsupported", "uses table.grow, which the draft profile does not take", at);
  if (row === undefined) reader.refuse("malformed", `has an unknown instruction, 0xfc ${number}`, at);
  if (row.immediate.startsWith("data")) dataIndex(scan);
  if (row.immediate.startsWith("element")) reader.index(module.elements, "element segment");
  if (row.immediate === "table" || row.immediate === "table-table") reader.index(module.tables, "table");
  if (row.immediate === "memory" || row.immediate === "memory-memory") memoryIndex(scan);
  if (row.immediate.endsWith("-memory")) memoryIndex(scan);
  if (row.immediate.endsWith("-table")) reader.index(module.tables, "table");
  if (row.length !== null && !scan.dead) {
    scan.push({ kind: "bulk", start: at, end: at, value: row.length === "bytes" ? BULK_SHIFT : 0 });
  }
  scan.charge(row.cost);
  scan.operate(row.pops, row.pushes);
}

function special(scan: Scan, code: number, row: Opcode, at: number): void {
  if (code === 0x0b) end(scan);
  else if (code === 0x05) otherwise(scan, at);
  else {
    scan.charge(row.cost);
    if (code === 0x00) scan.dead = true;
    else if (code <= 0x04) open(scan, code);
    else if (code <= 0x0f) branch(scan, code, at);
    else if (code === 0x10) call(scan, at);
    else if (code === 0x11) callIndirect(scan);
    else plain(scan, code, row, at);
  }
}

/** The rest of the special ones: fixed operands, but immediates or sites of their own. */
function plain(scan: Scan, code: number, row: Opcode, at: number): void {
  const { reader, module } = scan;
  if (code === 0x1c) {
    if (reader.u32() !== 1) reader.refuse("malformed", "has a select of more than one type", at);
    readValueType(reader);
  } else if (code === 0x25 || code === 0x26) reader.index(module.tables, "table");
  else if (code === 0xd0) readReferenceType(reader);
  else if (code === 0xd2) {
    const index = reader.index(module.functions.length, "function");
    scan.references.push(index);
    if (index < module.imports.length) scan.mention("reference", at, index);
  } else {
    memoryIndex(scan); // memory.size, memory.grow
    if (code === 0x40) scan.site("grow", at, 0);
  }
  scan.operate(row.pops, row.pushes);
}

function open(scan: Scan, code: number): void {
  const { params, results } = blockType(scan);
  if (code === 0x04) scan.operate(1, 0);
  scan.operate(params, 0);
  const { height: base, dead } = scan;
  scan.enter({ loop: code === 0x03, conditional: code === 0x04, base, params, results, dead });
  scan.operate(0, params);
  if (dead) return;
  if (code === 0x03) scan.begin(LOOP_COST);
  else if (code === 0x04) scan.begin();
}

function blockType(scan: Scan): { params: number; results: number } {
  const { reader, module } = scan;
  const first = reader.bytes[reader.offset];
  if (first === 0x40) {
    reader.skip(1);
    return { params: 0, results: 0 };
  }
  if (first !== undefined && first >= 0x40 && first < 0x80) {
    readValueType(reader);
    return { params: 0, results: 1 };
  }
  const at = reader.offset;
  reader.skipSigned(64); // A signed 33-bit number: negative ones were the value types above.
  reader.offset = at;
  const type = module.types[reader.index(module.types.length, "type")]!;
  return { params: type.params.length, results: type.results.length };
}

function otherwise(scan: Scan, at: number): void {
  const block = scan.blocks.pop()!;
  if (!block.conditional) scan.reader.refuse("malformed", "has an else without an if", at);
  closeArm(scan, block, at);
  scan.height = block.base;
  scan.dead = block.dead;
  scan.enter({ ...block, conditional: false });
  scan.operate(0, block.params);
  if (!block.dead) scan.begin();
}

function end(scan: Scan): void {
  const { reader } = scan;
  const block = scan.blocks.pop()!;
  closeArm(scan, block, reader.offset - 1);
  if (scan.blocks.length === 0) return;
  scan.height = block.base;
  scan.dead = block.dead;
  scan.operate(0, block.results);
  if (!block.dead) scan.begin();
}

function closeArm(scan: Scan, block: Block, at: number): void {
  if (scan.dead || scan.height === block.base + block.results) return;
  scan.reader.refuse("malformed", "a block leaves a wrong number of operands", at);
}

function branch(scan: Scan, code: number, at: number): void {
  const { reader, blocks } = scan;
  if (code === 0x0d || code === 0x0e) scan.operate(1, 0);
  if (code === 0x0e) {
    const targets = reader.count(REWRITE_LIMITS.branchTargets, "branch targets");
    for (let left = targets; left > 0; left--) reader.index(blocks.length, "label");
    if (!scan.dead) scan.joins += targets;
  }
  const depth = code === 0x0f ? blocks.length - 1 : reader.index(blocks.length, "label");
  const target = blocks[blocks.length - 1 - depth]!;
  const arity = target.loop ? target.params : target.results;
  scan.operate(arity, code === 0x0d ? arity : 0);
  if (code === 0x0f) scan.site("return", at, depth);
  if (code !== 0x0d) scan.dead = true;
  else if (!scan.dead) scan.begin();
}

function call(scan: Scan, at: number): void {
  const { reader, module } = scan;
  const index = reader.index(module.functions.length, "function");
  const type = module.types[module.functions[index]!]!;
  if (!scan.dead) scan.joins++;
  if (index < module.imports.length) {
    scan.charge(COST.callHost - COST.call);
    scan.mention("host", at, index);
  }
  scan.operate(type.params.length, type.results.length);
}

function callIndirect(scan: Scan): void {
  const { reader, module } = scan;
  const type = module.types[reader.index(module.types.length, "type")]!;
  reader.index(module.tables, "table");
  if (!scan.dead) scan.joins++;
  scan.operate(type.params.length + 1, type.results.length);
}
