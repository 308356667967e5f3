// The placement of canonical NaNs over a whole module (SPEC section N): a list of points, in the order of the code.
import { SCRATCH } from "../locals.ts";
import { type Body, type Module, NAN_SIZE, PIN_SIZE, type Tape } from "../module/index.ts";
import { BodyWalk } from "./body.ts";
import { Cursor } from "./cursor.ts";
import { everyPoint } from "./every.ts";
import { Graph } from "./graph.ts";
import { Survey } from "./survey.ts";

/** Where a float on top of the stack must be made canonical, or pinned. */
export interface NanPoints {
  readonly length: number;
  /** The byte after an instruction, counted from the module's start; rising, at most two at one place. */
  readonly offset: Int32Array;
  /** `NAN_CLASS` or `PIN` by point. */
  readonly shape: Uint8Array;
  /** By body: the scratch locals that it needs, bits of `SCRATCH`. */
  readonly scratch: Uint8Array;
}

/** By `NAN_CLASS` and `PIN`. */
const SCRATCH_OF = [0, SCRATCH.f32, SCRATCH.f64, SCRATCH.v128, SCRATCH.v128, SCRATCH.f32, SCRATCH.f64];
/** Bytes that a point takes at most, by `NAN_CLASS` and `PIN`. */
const SIZE_OF = [...NAN_SIZE, PIN_SIZE, PIN_SIZE];

/** How to place: where bits can be observed, or after every operation. They differ in bytes and time alone. */
export type Placing = "observed" | "every";

/** A point as one number, so that points sort: offsets stay below 2^25 (`moduleBytes`). */
const SHAPE_BITS = 3;

/** Places for the bodies that the walk has marked as having floats; the module must be valid. */
export function nanPoints(bytes: Uint8Array, module: Module, tape: Tape, placing: Placing = "observed"): NanPoints {
  if (!tape.bodies.some(({ floats }) => floats)) return withoutPoints(tape);
  const cursor = new Cursor(bytes);
  const graph = new Graph();
  const survey = new Survey();
  const scratch = new Uint8Array(tape.bodies.length);
  let points = new Int32Array(1024);
  let length = 0;
  let size = 0;
  const found = (point: number, shape: number): void => {
    if (length === points.length) {
      const larger = new Int32Array(length * 2);
      larger.set(points);
      points = larger;
    }
    points[length++] = (point << SHAPE_BITS) | shape;
    size += SIZE_OF[shape]!;
  };
  const walk = new BodyWalk(cursor, module, graph, found);
  const place = (body: Body): void => {
    const first = length;
    graph.clear();
    size = 0;
    if (placing === "observed" && survey.look(cursor, body, module.types[body.type]!) && walk.walk(body, survey)) {
      graph.resolve(found);
      // Repairs where values are read can be more than there are operations: no more is written than M10 counts.
      if (size <= body.nanSize) return;
    }
    length = first;
    everyPoint(cursor, body, found);
  };
  tape.bodies.forEach((body, index) => {
    if (!body.floats) return;
    const first = length;
    place(body);
    points.subarray(first, length).sort();
    for (let at = first; at < length; at++) scratch[index]! |= SCRATCH_OF[points[at]! & ((1 << SHAPE_BITS) - 1)]!;
  });
  const offset = new Int32Array(length);
  const shape = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    offset[at] = points[at]! >> SHAPE_BITS;
    shape[at] = points[at]! & ((1 << SHAPE_BITS) - 1);
  }
  return { length, offset, shape, scratch };
}

/** Most small modules have no floats: nothing is made ready for them. */
function withoutPoints(tape: Tape): NanPoints {
  return {
    length: 0,
    offset: new Int32Array(0),
    shape: new Uint8Array(0),
    scratch: new Uint8Array(tape.bodies.length),
  };
}
