// The simple placement: after every operation that may give a NaN. For functions whose locals would be too much work
// to follow, and the reference that tests compare the other placement with.
import { type Body, HANDLER, HANDLERS, NANS } from "../module/index.ts";
import type { Cursor } from "./cursor.ts";
import { pinBefore } from "./roles.ts";

/** Calls `found` with each point and its `NAN_CLASS` or `PIN`, in the order of the code. */
export function everyPoint(cursor: Cursor, body: Body, found: (point: number, shape: number) => void): void {
  let live = true;
  let buried = 0;
  cursor.at = body.codeStart;
  while (cursor.at <= body.codeEnd) {
    const opcode = cursor.opcode();
    cursor.skip(opcode);
    const handler = HANDLERS[opcode]!;
    if (live) {
      if (NANS[opcode] !== 0) found(cursor.at, NANS[opcode]!);
      else if (pinBefore(opcode) !== 0) found(cursor.at - 1, pinBefore(opcode));
      if (ENDS_LIVE.has(handler)) live = false;
    } else if (BLOCKS.has(handler)) buried++;
    else if (handler === HANDLER.end && buried > 0) buried--;
    else if ((handler === HANDLER.end || handler === HANDLER.else) && buried === 0) live = true;
  }
}

const BLOCKS: ReadonlySet<number> = new Set([HANDLER.block, HANDLER.loop, HANDLER.if, HANDLER.tryTable]);
const ENDS_LIVE: ReadonlySet<number> = new Set([
  HANDLER.unreachable,
  HANDLER.br,
  HANDLER.brTable,
  HANDLER.return,
  HANDLER.returnCall,
  HANDLER.returnCallIndirect,
  HANDLER.throw,
  HANDLER.throwRef,
]);
