// Validates function bodies and writes the tape, one pass over the bytes. The algorithm is the specification's
// (appendix "Validation Algorithm"): a stack of operand types and a stack of open blocks. Simple instructions are done
// here from the tables; `walk-control.ts` and `walk-resources.ts` have the others.
import { REWRITE_LIMITS } from "../limits.ts";
import { FUNCTION_SIZE, NAN_EXPANSION } from "./expansion.ts";
import { featureOfOpcode, type Outside } from "./features.ts";
import {
  ASPECT,
  ASPECTS,
  DETAILS,
  HANDLER,
  HANDLERS,
  MISC,
  MISC_COUNT,
  NAMES,
  OPERAND,
  PRICES,
  SIGNATURES,
  VECTOR,
} from "./opcodes.ts";
import type { Reader } from "./reader.ts";
import { type Body, MARK } from "./tape.ts";
import { VALUE_TYPES, type ValueType } from "./types.ts";
import { operandOf, readValueType } from "./valuetypes.ts";
import { structured } from "./walk-control.ts";
import { resource } from "./walk-resources.ts";
import { WalkState } from "./walk-state.ts";

/** By how many v128 the operands grow with an opcode; each takes a second slot. */
const WIDENING = new Int8Array(SIGNATURES.length);
SIGNATURES.forEach((signature, opcode) => {
  let widening = (signature & 15) === OPERAND.v128 ? 1 : 0;
  for (let types = signature >> 4; types !== 0; types >>= 4) if ((types & 15) === OPERAND.v128) widening--;
  WIDENING[opcode] = widening;
});
/** Kinds of instructions that `usual` does. */
const USUAL = { plain: 1, constant: 2, memory: 3, get: 4, set: 5, tee: 6, drop: 7 } as const;
const KINDS = new Map<number, number>([
  [HANDLER.plain, USUAL.plain],
  [HANDLER.i32, USUAL.constant],
  [HANDLER.i64, USUAL.constant],
  [HANDLER.memory, USUAL.memory],
  [HANDLER.localGet, USUAL.get],
  [HANDLER.localSet, USUAL.set],
  [HANDLER.localTee, USUAL.tee],
  [HANDLER.drop, USUAL.drop],
]);
/** By opcode all that `usual` needs, in one word; 0 for what it leaves alone. Signatures take the lowest 12 bits. */
const AT = { kind: 12, aspects: 15, price: 17, nan: 24 } as const;
const USUALS = Int32Array.from({ length: 256 }, (_, opcode) => {
  const kind = KINDS.get(HANDLERS[opcode]!);
  if (kind === undefined) return 0;
  const counts = (ASPECTS[opcode]! << AT.aspects) | (PRICES[opcode]! << AT.price) | (NAN_EXPANSION[opcode]! << AT.nan);
  return SIGNATURES[opcode]! | (kind << AT.kind) | counts;
});
/** A byte from here on is not all of a number. */
const LONG = 0x80;
/** Numbers of so many bytes fit 32 bits whatever they are. */
const USUAL_DIGITS = 4;
/** Marks of accesses to locals by kind. */
const ACCESSES = new Uint8Array(8);
ACCESSES[USUAL.get] = MARK.localGet;
ACCESSES[USUAL.set] = MARK.localSet;
ACCESSES[USUAL.tee] = MARK.localTee;

/** Declared locals that make way for hidden parameters, so that each access to them is marked. */
const MOVING = 2;

/** Walks bodies one after the other. */
export class Walk extends WalkState {
  /** Walks the body of own function `own`; throws `Refused`. */
  body(own: number): void {
    const { reader, module, tape, signatures } = this;
    const index = module.imports.length + own;
    const range = module.bodies[own]!;
    reader.section = "code";
    reader.function = index;
    reader.offset = range.start;
    reader.end = range.end;
    this.type = module.functions[index]!;
    const marks = tape.length;
    const { groups, localsStart, first, second, localSlots } = this.declarations();
    this.begin();
    const codeStart = reader.offset;
    this.instructions();
    if (reader.offset !== range.end) reader.refuse("malformed", "code goes on after the function's end");
    reader.function = null;
    const body: Body = {
      type: this.type,
      marks,
      marksEnd: tape.length,
      groups,
      localsStart,
      codeStart,
      codeEnd: range.end - 1,
      locals: this.localCount,
      first,
      second,
      localSlots: localSlots + signatures.paramSlots[this.type]!,
      operandSlots: this.most,
      floats: (this.seen & ASPECT.float) !== 0,
      states: this.joins * (this.localCount + this.most),
      size: range.end - range.start + FUNCTION_SIZE + this.size + this.nanSize,
      nanSize: this.nanSize,
    };
    if (body.size > REWRITE_LIMITS.bodySize) this.tooLarge(index, body.size);
    tape.bodies.push(body);
  }

  /** Reads the declarations of locals. */
  private declarations(): Pick<Body, "groups" | "localsStart" | "first" | "second" | "localSlots"> {
    const { reader, signatures } = this;
    const { codes } = signatures;
    const from = signatures.paramsAt[this.type]!;
    const params = signatures.params[this.type]!;
    this.paramCount = params;
    this.reserve(params);
    for (let param = 0; param < params; param++) this.locals[param] = codes[from + param]!;
    const groups = reader.count(REWRITE_LIMITS.locals, "groups of locals");
    const localsStart = reader.offset;
    const moving: ValueType[] = [];
    let total = params;
    let localSlots = 0;
    for (let group = 0; group < groups; group++) {
      const at = reader.offset;
      const count = reader.u32();
      if (total + count > REWRITE_LIMITS.locals) {
        reader.refuse("limit", `has more than ${REWRITE_LIMITS.locals} parameters and locals`, at);
      }
      const type = readValueType(reader);
      this.reserve(total + count);
      this.locals.fill(operandOf(type), total, total + count);
      total += count;
      localSlots += type === "v128" ? 2 * count : count;
      for (let left = count; left > 0 && moving.length < MOVING; left--) moving.push(type);
    }
    this.localCount = total;
    const [first, second] = moving.map((type) => VALUE_TYPES[type]);
    return { groups, localsStart, first: first ?? 0, second: second ?? 0, localSlots };
  }

  /** Opens the function's own block. */
  private begin(): void {
    this.height = 0;
    this.floor = 0;
    this.wide = 0;
    this.most = 0;
    this.polymorphic = false;
    this.dead = false;
    this.weight = 0;
    this.joins = 1;
    this.aspects = 0;
    this.seen = 0;
    this.size = 0;
    this.nanSize = 0;
    this.kinds[0] = HANDLER.block;
    this.types[0] = this.type;
    this.bases[0] = 0;
    this.wides[0] = 0;
    this.outers[0] = 0;
    this.depth = 1;
  }

  /** Walks instructions until the function's block is closed. */
  private instructions(): void {
    const { reader } = this;
    const { bytes } = reader;
    while (this.depth > 0) {
      if (!this.dead && this.height <= REWRITE_LIMITS.operands) this.usual();
      const slots = this.height + this.wide;
      if (slots > this.most && !this.dead) this.most = slots;
      if (this.height > REWRITE_LIMITS.operands) this.tooManyOperands();
      this.start = reader.offset;
      let opcode = reader.offset < reader.end ? bytes[reader.offset++]! : reader.byte();
      if (opcode >= 0xfb) opcode = this.prefixed(opcode);
      this.opcode = opcode;
      const handler = HANDLERS[opcode]!;
      if (handler === HANDLER.plain) this.operate(SIGNATURES[opcode]!);
      else if (handler === HANDLER.localGet) this.localGet();
      else if (handler > HANDLER.lastSimple) this.special(handler);
      else this.operate(this.immediate(handler));
    }
  }

  /**
   * Does instructions of the usual kinds in live code, all state in variables, as long as all is well: operands are there
   * and of the right types, no vectors among them, and numbers are short. The first that is not so it leaves alone.
   */
  private usual(): void {
    const { reader, stack, floor, locals, localCount, wide } = this;
    const { bytes } = reader;
    const moving = this.paramCount;
    const memory = this.wideMemories.length > 0 && this.wideMemories[0] === 0;
    const { end } = reader;
    let { height, most, weight, aspects, nanSize } = this;
    let at = reader.offset;
    while (at < end) {
      if (height + wide > most) most = height + wide;
      const opcode = bytes[at]!;
      const word = USUALS[opcode]!;
      if (word === 0) break;
      const kind = (word >> AT.kind) & 7;
      let next = at + 1;
      let top = height;
      if (kind >= USUAL.get) {
        if (kind === USUAL.drop) {
          if (top === floor || stack[--top] === OPERAND.v128) break;
        } else {
          const index = bytes[next++]!;
          if (index >= localCount || index >= LONG || next > end) break;
          const type = locals[index]!;
          if (type === OPERAND.v128) break;
          if (kind === USUAL.get) {
            if (top >= REWRITE_LIMITS.operands) break;
            stack[top++] = type;
          } else {
            if (top === floor || stack[top - 1] !== type) break;
            if (kind === USUAL.set) top--;
          }
          const which = index - moving;
          if (which >= 0 && which < MOVING) {
            this.start = at;
            reader.offset = next;
            this.weight = weight;
            this.aspects = aspects;
            this.note(ACCESSES[kind]!, which);
            weight = 0;
            aspects = 0;
            height = top;
            at = next;
            continue;
          }
        }
      } else {
        if (kind !== USUAL.plain) {
          if (kind === USUAL.constant) {
            if (top >= REWRITE_LIMITS.operands) break;
          } else if (!memory || bytes[next++]! > DETAILS[opcode]!) break;
          const number = next;
          while (bytes[next++]! >= LONG);
          if (next > number + USUAL_DIGITS || next > end) break;
        }
        const first = (word >> 4) & 15;
        if (first !== 0) {
          if (top === floor || stack[--top] !== first) break;
          const second = (word >> 8) & 15;
          if (second !== 0 && (top === floor || stack[--top] !== second)) break;
        }
        const result = word & 15;
        if (result !== 0) stack[top++] = result;
        aspects |= (word >> AT.aspects) & 3;
        nanSize += word >>> AT.nan;
      }
      weight += (word >> AT.price) & 127;
      height = top;
      at = next;
    }
    this.height = height;
    this.most = most;
    this.weight = weight;
    this.aspects = aspects;
    this.nanSize = nanSize;
    reader.offset = at;
  }

  /** Takes and leaves the operands of a simple instruction, and counts what it costs. */
  private operate(signature: number): void {
    const { stack, floor, opcode } = this;
    let { height } = this;
    for (let types = signature >> 4; types !== 0; types >>= 4) {
      const wanted = types & 15;
      if (height > floor) {
        const found = stack[--height]!;
        if (found !== wanted && found !== OPERAND.any) this.mismatch(wanted, found);
      } else if (!this.polymorphic) this.lacks(wanted);
    }
    if ((signature & 15) !== 0) stack[height++] = signature & 15;
    this.height = height;
    this.wide += WIDENING[opcode]!;
    if (this.dead) return;
    this.weight += PRICES[opcode]!;
    this.aspects |= ASPECTS[opcode]!;
    this.nanSize += NAN_EXPANSION[opcode]!;
  }

  private tooLarge(index: number, size: number): never {
    this.reader.function = index;
    const limit = REWRITE_LIMITS.bodySize;
    this.reader.refuse("limit", `has a size of up to ${size} bytes once metered; at most ${limit}; split the function`);
  }

  private tooManyOperands(): never {
    this.reader.refuse("limit", `has more than ${REWRITE_LIMITS.operands} operands at once`, this.start);
  }

  private prefixed(prefix: number): number {
    const number = this.reader.u32();
    if (prefix === 0xfc && number < MISC_COUNT) return MISC + number;
    if (prefix === 0xfd && number < 256 && HANDLERS[VECTOR + number] !== HANDLER.unknown) return VECTOR + number;
    return this.unknown(featureOfOpcode(prefix, number), `0x${prefix.toString(16)} 0x${number.toString(16)}`);
  }

  private unknown(outside: Outside | null, hex: string): never {
    if (outside !== null) this.reader.refuseFeature(outside, `opcode ${hex}`, this.start);
    this.reader.refuse("malformed", `has an unknown instruction, opcode ${hex}`, this.start);
  }

  /** Reads the immediates of a simple instruction; gives its operands. */
  private immediate(handler: number): number {
    const { reader, opcode } = this;
    const signature = SIGNATURES[opcode]!;
    const detail = DETAILS[opcode]!;
    if (handler === HANDLER.memory) return this.memoryArgument(signature, detail);
    if (handler === HANDLER.i32) reader.skipSigned(32);
    else if (handler === HANDLER.i64) reader.skipSigned(64);
    else if (handler === HANDLER.bytes) reader.skip(detail);
    else if (handler === HANDLER.lane) this.lane(detail);
    else if (handler === HANDLER.shuffle) for (let lane = 0; lane < 16; lane++) this.lane(32);
    else if (handler === HANDLER.unknown) {
      this.unknown(featureOfOpcode(0, opcode), `0x${opcode.toString(16).padStart(2, "0")}`);
    } else {
      const operands = this.memoryArgument(signature, detail);
      this.lane(16 >> detail);
      return operands;
    }
    return signature;
  }

  private lane(lanes: number): void {
    const lane = this.reader.byte();
    if (lane >= lanes) this.invalid(`names lane ${lane}, but there are ${lanes}`);
  }

  private memoryArgument(signature: number, most: number): number {
    const reader: Reader = this.reader;
    let alignment = reader.u32();
    let index = 0;
    if (alignment >= 0x40 && alignment < 0x80) {
      reader.require("multi-memory", `${NAMES[this.opcode]} names a memory`, this.start);
      alignment -= 0x40;
      index = reader.u32();
    }
    if (alignment > most) this.invalid(`is aligned to 2^${alignment} bytes; at most 2^${most}`);
    if (index >= this.wideMemories.length) {
      reader.refuse("index", `${NAMES[this.opcode]} uses memory ${index}, which the module lacks`, this.start);
    }
    if (this.wideMemories[index] === 0) {
      reader.u32();
      return signature;
    }
    reader.u64();
    // The address, taken last, is an i64.
    return signature + (signature >> 8 === 0 ? 1 << 4 : 1 << 8);
  }

  private localGet(): void {
    const index = this.reader.index(this.localCount, "local");
    const type = this.locals[index]!;
    this.stack[this.height++] = type;
    if (type === OPERAND.v128) this.wide++;
    this.access(MARK.localGet, index);
  }

  /** Marks an access to a local that may have to move; others only cost. */
  private access(kind: number, index: number): void {
    const which = index - this.paramCount;
    if (which >= 0 && which < MOVING) this.mark(kind, which);
    else this.pay();
  }

  private special(handler: number): void {
    if (handler > HANDLER.selectTyped) {
      if (handler <= HANDLER.returnCallIndirect || handler >= HANDLER.tryTable) structured(this, handler);
      else resource(this, handler);
    } else if (handler === HANDLER.localSet || handler === HANDLER.localTee) this.localSet(handler);
    else if (handler === HANDLER.globalGet || handler === HANDLER.globalSet) this.global(handler);
    else if (handler === HANDLER.drop) {
      this.popAny();
      this.pay();
    } else this.select(handler);
  }

  private localSet(handler: number): void {
    const index = this.reader.index(this.localCount, "local");
    const type = this.locals[index]!;
    this.pop(type);
    if (handler === HANDLER.localTee) this.push(type);
    this.access(handler === HANDLER.localTee ? MARK.localTee : MARK.localSet, index);
  }

  private global(handler: number): void {
    const { reader, module } = this;
    const index = reader.index(module.globals.length, "global");
    const { type, mutable, imported } = module.globals[index]!;
    if (handler === HANDLER.globalGet) this.push(operandOf(type));
    else {
      if (!mutable) this.invalid(`names global ${index}, which never changes`);
      this.pop(operandOf(type));
      if (!this.dead) this.aspects |= ASPECT.tells;
    }
    if (!module.linked || imported) this.pay();
    else this.mark(handler === HANDLER.globalGet ? MARK.globalGet : MARK.globalSet, index);
  }

  private select(handler: number): void {
    this.pop(OPERAND.i32);
    if (handler === HANDLER.selectTyped) {
      const count = this.reader.u32();
      if (count !== 1) this.invalid(`names ${count} types; it must be 1`);
      const type = operandOf(readValueType(this.reader));
      this.pop(type);
      this.pop(type);
      this.push(type);
    } else {
      const second = this.popAny();
      const first = this.popAny();
      if (first > OPERAND.v128 || second > OPERAND.v128) this.invalid("of references must name their type");
      if (first !== second && first !== OPERAND.any && second !== OPERAND.any) this.mismatch(first, second);
      this.push(first === OPERAND.any ? second : first);
    }
    this.pay();
  }
}
