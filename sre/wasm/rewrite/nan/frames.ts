// The open blocks of the body that is walked, as flat arrays by depth.

const FIRST_DEPTH = 64;

/** One row per open block; row 0 is the function. */
export class Frames {
  /** `HANDLER` of the instruction that opened it; that of else in an else arm. */
  kind = new Int32Array(FIRST_DEPTH);
  /** Operands below it. */
  height = new Int32Array(FIRST_DEPTH);
  params = new Int32Array(FIRST_DEPTH);
  results = new Int32Array(FIRST_DEPTH);
  /** Whether its result is one float: then values that come to its label are followed. */
  float = new Int32Array(FIRST_DEPTH);
  /** Whether something comes to its end other than by falling through. */
  branched = new Int32Array(FIRST_DEPTH);
  /** Node of the result, 0 until there is one. */
  label = new Int32Array(FIRST_DEPTH);
  /** Of a try_table: offset of its clauses, and the frame of the next one around it. */
  clauses = new Int32Array(FIRST_DEPTH);
  outerTry = new Int32Array(FIRST_DEPTH);

  open(depth: number, kind: number, height: number, params: number, results: number, float: boolean): void {
    if (depth === this.kind.length) this.grow();
    this.kind[depth] = kind;
    this.height[depth] = height;
    this.params[depth] = params;
    this.results[depth] = results;
    this.float[depth] = float ? 1 : 0;
    this.branched[depth] = 0;
    this.label[depth] = 0;
  }

  private grow(): void {
    const words = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(old.length * 2);
      larger.set(old);
      return larger;
    };
    this.kind = words(this.kind);
    this.height = words(this.height);
    this.params = words(this.params);
    this.results = words(this.results);
    this.float = words(this.float);
    this.branched = words(this.branched);
    this.label = words(this.label);
    this.clauses = words(this.clauses);
    this.outerTry = words(this.outerTry);
  }
}
