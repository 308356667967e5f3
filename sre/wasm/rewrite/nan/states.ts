// What each tracked local holds, along the control flow: the state here and now, and for each open block the state at
// its label as far as branches to it are known. Where states differ a node joins them.
import { type Graph, NUMBER, PASS, SAME } from "./graph.ts";

/** The states of one function at a time. */
export class States {
  private readonly graph: Graph;
  private count = 0;
  /** Node by tracked local. */
  private now = new Int32Array(64);
  /** By depth and local: the node at the label; negative where it is a join that belongs to that label. */
  private labels = new Int32Array(64);
  /** By depth and local: the node at the `if`, for its else. */
  private entries = new Int32Array(64);
  private reached: Uint8Array = new Uint8Array(64);
  /** By depth: the first of a loop's joins, 0 for other blocks. */
  private headers = new Int32Array(64);

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** Starts a function: so many tracked locals, blocks so deep. */
  start(count: number, depth: number): void {
    this.count = count;
    const size = (depth + 1) * count;
    if (this.now.length < count) this.now = new Int32Array(count * 2);
    if (this.labels.length < size) {
      this.labels = new Int32Array(size * 2);
      this.entries = new Int32Array(size * 2);
    }
    if (this.reached.length <= depth) {
      this.reached = new Uint8Array(depth * 2);
      this.headers = new Int32Array(depth * 2);
    }
  }

  get(local: number): number {
    return this.now[local]!;
  }

  set(local: number, node: number): void {
    this.now[local] = node;
  }

  /** Opens a block or try_table. */
  openBlock(depth: number): void {
    this.reached[depth] = 0;
    this.headers[depth] = 0;
  }

  /** Opens an if. */
  openIf(depth: number): void {
    this.openBlock(depth);
    for (let local = 0, at = depth * this.count; local < this.count; local++) this.entries[at++] = this.now[local]!;
  }

  /** Opens a loop: every local may come round changed. `depth` of blocks, `loops` of loops. */
  openLoop(depth: number, loops: number): void {
    this.headers[depth] = 0;
    for (let local = 0; local < this.count; local++) {
      const join = this.graph.node(0, 0, loops);
      if (local === 0) this.headers[depth] = join;
      this.graph.flow(this.now[local]!, join, PASS.whole);
      this.now[local] = join;
    }
  }

  /** Control may pass from here to the label of the block at `depth`. */
  branch(depth: number): void {
    const header = this.headers[depth]!;
    if (header === 0) {
      this.join(depth, this.now, 0);
      return;
    }
    for (let local = 0; local < this.count; local++) {
      const node = this.now[local]!;
      if (node !== header + local) this.graph.flow(node, header + local, PASS.whole);
    }
  }

  /** The else arm begins. */
  else(depth: number): void {
    const base = depth * this.count;
    this.now.set(this.entries.subarray(base, base + this.count));
  }

  /** A block ends that is not a loop; `skipped`: control may also come from the `if` itself. */
  close(depth: number, live: boolean, skipped: boolean): void {
    if (live && this.reached[depth] === 0 && !skipped) return;
    const base = depth * this.count;
    if (live) this.branch(depth);
    if (skipped) this.join(depth, this.entries, base);
    if (this.reached[depth] === 0) return;
    for (let local = 0; local < this.count; local++) this.now[local] = Math.abs(this.labels[base + local]!);
  }

  private join(depth: number, states: Int32Array, start: number): void {
    const base = depth * this.count;
    if (this.reached[depth] === 0) {
      this.reached[depth] = 1;
      for (let local = 0; local < this.count; local++) this.labels[base + local] = states[start + local]!;
      return;
    }
    for (let local = 0; local < this.count; local++) {
      const node = states[start + local]!;
      const old = this.labels[base + local]!;
      if (node === old) continue;
      if (old < 0) this.graph.flow(node, -old, PASS.whole);
      else if (node <= NUMBER && old <= NUMBER) this.labels[base + local] = SAME;
      else {
        const join = this.graph.node(0, 0, 0);
        this.graph.flow(old, join, PASS.whole);
        this.graph.flow(node, join, PASS.whole);
        this.labels[base + local] = -join;
      }
    }
  }
}
