// The door of the NaN pass: where NaNs are made canonical, and how.
export { type NanPoints, nanPoints, type Placing } from "./points.ts";
export { writeCanonical } from "./sequence.ts";
