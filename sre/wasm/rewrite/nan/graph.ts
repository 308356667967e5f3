// Where the floats of one function come from: nodes for values, edges from each value to what is made of it without
// looking at NaN bits. It answers which nodes must be made canonical so that every bit that is looked at is right.
//
// A value is compared with the value of the same place in the reference run, where each float operation's NaN is
// canonical at once. Its traits say how it may differ: `RAW` = a part of it is bit for bit the reference's, NaNs
// of any kind included; the bit of a shape = a part of it becomes the reference's when made canonical in that shape.
// A value with one shape's trait alone can be repaired where it stands; one with more can't, its sources must be.

/** Trait bits; those of the shapes are `1 << NAN_CLASS`. */
export const RAW = 1;
const F32 = 2;
const F64 = 4;
const F32X4 = 8;
const F64X2 = 16;
/** All traits that a value may have for a use that doesn't care for shape. */
export const ANY = 31;

/** Nodes that are no nodes: a value that is bit for bit the reference's; the same without a NaN but canonical ones. */
export const SAME = 0;
export const NUMBER = 1;
const FIRST_NODE = 2;

/** How an edge passes traits on; the operand may have no others than `PASS_TRAITS` says, else it is repaired first. */
export const PASS = { whole: 0, f32x4: 1, f64x2: 2, intoF32x4: 3, intoF64x2: 4, outOfF32x4: 5, outOfF64x2: 6 } as const;
/** By `PASS`: the traits that the operand may have. */
const PASS_TRAITS = [ANY, RAW | F32X4, RAW | F64X2, RAW | F32, RAW | F64, RAW | F32X4, RAW | F64X2];
/** By `PASS`: how the shape's trait moves, in bits to the left. */
const PASS_SHIFT = [0, 0, 0, 2, 2, -2, -2];

/** A single shape's trait to its `NAN_CLASS`; 0 for none, -1 for a mixture. */
const SHAPE_OF = new Int8Array(ANY + 1).fill(-1);
for (const [at, traits] of [0, F32, F64, F32X4, F64X2].entries()) SHAPE_OF[traits] = at;

/** A node's state while demands are followed. */
const STATE = { free: 0, wanted: 1 } as const;

const FIRST_SIZE = 1024;
/** Nodes and edges of one function; beyond, the arrays would take more than 28 and 40 MB. */
const MOST_NODES = 1 << 20;
const MOST_EDGES = 1 << 21;
/** Loops nested deeper than this weigh the same; each level weighs eight times its outer one. */
const DEEPEST = 6;
const HEAVIEST = 1 << 30;

function larger(old: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(old.length * 2);
  next.set(old);
  return next;
}

/** The values of one function at a time; `clear` makes it ready for the next. */
export class Graph {
  private nodes = FIRST_NODE;
  /** The byte after the instruction that leaves the value on the stack; 0 where there is no such place. */
  private point = new Int32Array(FIRST_SIZE);
  private traits = new Int32Array(FIRST_SIZE);
  private depth = new Int32Array(FIRST_SIZE);
  private state = new Int32Array(FIRST_SIZE);
  /** The node that a local.get reads; 0 for other nodes. */
  private source = new Int32Array(FIRST_SIZE);
  /** The last edges out of and into a node; each edge names the one before it. */
  private uses = new Int32Array(FIRST_SIZE);
  private operands = new Int32Array(FIRST_SIZE);
  private edges = 1;
  private from = new Int32Array(FIRST_SIZE);
  private to = new Int32Array(FIRST_SIZE);
  private pass = new Int32Array(FIRST_SIZE);
  private nextUse = new Int32Array(FIRST_SIZE);
  private nextOperand = new Int32Array(FIRST_SIZE);
  /** Nodes whose bits are looked at, as the walk found them; then the stack of those still to be followed. */
  private demands = new Int32Array(FIRST_SIZE);
  private demanded = 0;
  /** Pairs of a node and the traits that a use of it allows. */
  private conditions = new Int32Array(FIRST_SIZE);
  private conditioned = 0;

  clear(): void {
    this.nodes = FIRST_NODE;
    this.edges = 1;
    this.demanded = 0;
    this.conditioned = 0;
  }

  /** Whether the function has more values than are followed. */
  get full(): boolean {
    return this.nodes > MOST_NODES || this.edges > MOST_EDGES;
  }

  /** A value with these traits. `point` as above. */
  node(point: number, traits: number, depth: number): number {
    const node = this.nodes++;
    if (node === this.point.length) this.growNodes();
    this.point[node] = point;
    this.traits[node] = traits;
    this.depth[node] = depth;
    this.state[node] = STATE.free;
    this.source[node] = 0;
    this.uses[node] = 0;
    this.operands[node] = 0;
    return node;
  }

  /** Says late where the value is left on the stack. */
  settle(node: number, point: number, depth: number): void {
    this.point[node] = point;
    this.depth[node] = depth;
  }

  /** A local.get of `source`. */
  read(point: number, source: number, depth: number): number {
    const node = this.node(point, 0, depth);
    this.source[node] = source;
    this.flow(source, node, PASS.whole);
    return node;
  }

  /** The value of `from` becomes part of node `to`. */
  flow(from: number, to: number, pass: number): void {
    if (from < FIRST_NODE) {
      if (from === SAME) this.traits[to]! |= RAW;
      return;
    }
    const edge = this.edges++;
    if (edge === this.from.length) this.growEdges();
    this.from[edge] = from;
    this.to[edge] = to;
    this.pass[edge] = pass;
    this.nextUse[edge] = this.uses[from]!;
    this.uses[from] = edge;
    this.nextOperand[edge] = this.operands[to]!;
    this.operands[to] = edge;
    if (pass !== PASS.whole) this.require(from, PASS_TRAITS[pass]!);
  }

  /** The node's bits are looked at. */
  demand(node: number): void {
    if (node < FIRST_NODE) return;
    if (this.demanded === this.demands.length) this.demands = larger(this.demands);
    this.demands[this.demanded++] = node;
  }

  /** A use of the node minds other traits than these: then its bits are looked at. */
  require(node: number, allowed: number): void {
    if (node < FIRST_NODE) return;
    if (this.conditioned + 2 > this.conditions.length) this.conditions = larger(this.conditions);
    this.conditions[this.conditioned++] = node;
    this.conditions[this.conditioned++] = allowed;
  }

  /** Calls `found` with each point and its `NAN_CLASS`, in no order, each point once. */
  resolve(found: (point: number, shape: number) => void): void {
    this.spread();
    for (let at = 0; at < this.conditioned; at += 2) {
      const node = this.conditions[at]!;
      if ((this.traits[node]! & ~this.conditions[at + 1]!) !== 0) this.demand(node);
    }
    this.follow();
    this.preferDefinitions();
    this.follow();
    for (let node = FIRST_NODE; node < this.nodes; node++) {
      if (this.repairs(node) && !this.repaired(node)) found(this.point[node]!, SHAPE_OF[this.traits[node]!]!);
    }
  }

  /** Passes traits along the edges until nothing changes: each node changes at most five times. */
  private spread(): void {
    const { traits } = this;
    const again: number[] = [];
    for (let node = FIRST_NODE; node < this.nodes; node++) this.spreadFrom(node, node, again);
    for (let node = again.pop(); node !== undefined; node = again.pop()) {
      if (traits[node] !== 0) this.spreadFrom(node, this.nodes, again);
    }
  }

  /** Passes on one node's traits; nodes below `done` that change thereby go to `again`. */
  private spreadFrom(node: number, done: number, again: number[]): void {
    const mine = this.traits[node]!;
    for (let edge = this.uses[node]!; edge !== 0; edge = this.nextUse[edge]!) {
      const target = this.to[edge]!;
      const old = this.traits[target]!;
      const next = old | passed(mine, this.pass[edge]!);
      if (next === old) continue;
      this.traits[target] = next;
      if (target < done) again.push(target);
    }
  }

  /** Whether the node's bits are wanted and it is the place to make them right. */
  private repairs(node: number): boolean {
    return this.state[node] === STATE.wanted && this.point[node] !== 0 && SHAPE_OF[this.traits[node]!]! > 0;
  }

  /** Whether the node has right bits without doing anything, because all that it is made of has. */
  private repaired(node: number): boolean {
    let edge = this.operands[node]!;
    if (edge === 0) return false;
    for (; edge !== 0; edge = this.nextOperand[edge]!) {
      const operand = this.from[edge]!;
      if (this.state[operand] !== STATE.wanted && (this.traits[operand]! & ~RAW) !== 0) return false;
    }
    return true;
  }

  /** Follows the demands to the places where bits can be made right. */
  private follow(): void {
    while (this.demanded > 0) {
      const node = this.demands[--this.demanded]!;
      if (this.state[node] === STATE.wanted) continue;
      this.state[node] = STATE.wanted;
      const traits = this.traits[node]!;
      if (traits === 0 || traits === RAW || this.repairs(node)) continue;
      for (let edge = this.operands[node]!; edge !== 0; edge = this.nextOperand[edge]!) this.demand(this.from[edge]!);
    }
  }

  /** A value that is repaired wherever it is read, and so more often than it is made, is repaired where it is made. */
  private preferDefinitions(): void {
    const weights = new Map<number, number>();
    for (let node = FIRST_NODE; node < this.nodes; node++) {
      const source = this.source[node]!;
      if (source === 0 || this.point[source] === 0 || !this.repairs(node)) continue;
      const weight = (weights.get(source) ?? 0) + weightAt(this.depth[node]!);
      weights.set(source, Math.min(weight, HEAVIEST));
    }
    for (const [source, weight] of weights) if (weight > weightAt(this.depth[source]!)) this.demand(source);
  }

  private growNodes(): void {
    this.point = larger(this.point);
    this.traits = larger(this.traits);
    this.depth = larger(this.depth);
    this.state = larger(this.state);
    this.source = larger(this.source);
    this.uses = larger(this.uses);
    this.operands = larger(this.operands);
  }

  private growEdges(): void {
    this.from = larger(this.from);
    this.to = larger(this.to);
    this.pass = larger(this.pass);
    this.nextUse = larger(this.nextUse);
    this.nextOperand = larger(this.nextOperand);
  }
}

/** Traits behind an edge. Those that the operand may not have are repaired before it, so that it is as it should be. */
function passed(traits: number, pass: number): number {
  if (pass === PASS.whole) return traits;
  const allowed = PASS_TRAITS[pass]!;
  const shift = PASS_SHIFT[pass]!;
  const shape = traits & allowed & ~RAW;
  const raw = (traits & ~allowed) !== 0 ? RAW : traits & RAW;
  return raw | (shift < 0 ? shape >> -shift : shape << shift);
}

const weightAt = (depth: number): number => 1 << (3 * Math.min(depth, DEEPEST));
