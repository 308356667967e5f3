// What an engine answers to an examination; JSON throughout, bytes as hexadecimal digits. It is read as a hostile's, for a
// guest may have taken the engine.
import { z } from "zod";

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const whole = z.string().regex(/^[0-9]{1,20}$/);
const count = z.int().nonnegative();

/** A value of a host call: its text, or how many bytes and the first of them. */
const value = z.union([z.strictObject({ text: z.string() }), z.strictObject({ size: count, bytes: hex })]);
const hostCall = z.strictObject({ name: z.string(), args: z.array(value), results: z.array(value) });

/** Bytes by name: how many, and the digests of the pieces that are not all zeros, by number, in order. */
const region = z.strictObject({ name: z.string(), size: count, pieces: z.array(z.tuple([count, hex])) });

const exit = z.strictObject({
  exit: z.string(),
  code: z.int(),
  fuel: whole,
  truncated: z.boolean(),
  calls: z.strictObject({ count: whole, sha256: hex }),
  note: z.string(),
  /** `output`, `logs`, and the memories in the order in which they were made. */
  regions: z.array(region),
  told: z.array(hostCall),
  /** The wanted pieces; empty where there is none. */
  pieces: z.array(hex),
  /** Nodes of the profile: parent, function, calls, fuel. */
  profile: z.array(z.tuple([count, z.int().min(-1), count, whole])),
});

/** How a run ended, or why it has no answer. */
const seen = z.union([exit, z.strictObject({ fault: z.string() })]);

/** What an engine answers: of each batch, each run. */
export const answered = z.array(z.array(seen));

export type Value = z.output<typeof value>;
export type HostCall = z.output<typeof hostCall>;
export type Region = z.output<typeof region>;
export type Exit = z.output<typeof exit>;
export type Seen = z.output<typeof seen>;
export type Answered = z.output<typeof answered>;
