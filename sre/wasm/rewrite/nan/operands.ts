// The abstract operand stack: for each operand the node it is, or the node that a local.get will read once something
// wants to know.
import { ANY, type Graph, NUMBER, RAW, SAME } from "./graph.ts";

/** First shape (`NAN_CLASS`) that is one of several of its type: only vectors can be read in another shape. */
const FIRST_VECTOR = 3;

/** Operands of one function at a time. */
export class Operands {
  private readonly graph: Graph;
  height = 0;
  private nodes = new Int32Array(256);
  /** 0, or the byte after the local.get whose node is not made yet. */
  private points = new Int32Array(256);
  private depths = new Int32Array(256);

  constructor(graph: Graph) {
    this.graph = graph;
  }

  push(node: number): void {
    if (this.height === this.nodes.length) this.grow();
    this.nodes[this.height] = node;
    this.points[this.height++] = 0;
  }

  /** Pushes a local.get of a node. */
  pushLater(node: number, point: number, loops: number): void {
    this.push(node);
    if (node <= NUMBER) return;
    this.points[this.height - 1] = point;
    this.depths[this.height - 1] = loops;
  }

  pushSame(count: number): void {
    for (let left = count; left > 0; left--) this.push(SAME);
  }

  /** The node of an operand, 0 being the top of the stack. */
  node(down: number): number {
    const at = this.height - 1 - down;
    const point = this.points[at]!;
    if (point !== 0) {
      this.nodes[at] = this.graph.read(point, this.nodes[at]!, this.depths[at]!);
      this.points[at] = 0;
    }
    return this.nodes[at]!;
  }

  /** The bits of the top `count` operands are looked at. */
  look(count: number): void {
    const { nodes, height } = this;
    for (let down = 0; down < count; down++) {
      if (nodes[height - 1 - down]! > NUMBER) this.graph.demand(this.node(down));
    }
  }

  /** The same, and whoever takes them from here need not follow them any more. */
  fix(count: number): void {
    this.look(count);
    for (let down = 0; down < count; down++) this.nodes[this.height - 1 - down] = SAME;
  }

  /** The top `count` operands are read as floats of a shape, whatever NaN they are. */
  require(count: number, shape: number): void {
    if (shape < FIRST_VECTOR) return;
    for (let down = 0; down < count; down++) {
      if (this.nodes[this.height - 1 - down]! > NUMBER) this.graph.require(this.node(down), (RAW | (1 << shape)) & ANY);
    }
  }

  private grow(): void {
    const size = this.nodes.length * 2;
    const words = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(size);
      larger.set(old);
      return larger;
    };
    this.nodes = words(this.nodes);
    this.points = words(this.points);
    this.depths = words(this.depths);
  }
}
