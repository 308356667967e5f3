// JavaScript programs as workloads: the guest is the interpreter that JavaScript jobs run on, raw or metered, and each round
// evaluates a program anew, as a job does. Nothing that the interpreter imports is needed for what they do.
import { readInterpreter } from "../../sre/quickjs/file.ts";
import { EXPORTS } from "../../sre/quickjs/interpreter.ts";
import { put, textAt } from "./applications.ts";
import type { Workload } from "./workload.ts";

/** A workload of a program: statements that add up `sum`, an integer of 32 bits, in so many rounds. */
function script(
  name: string,
  size: number,
  small: readonly [size: number, answer: number],
  statements: string,
): Workload {
  const text = (rounds: number) => `(() => {
    let sum = 0;
    const add = (n) => { sum = (Math.imul(sum, 31) + n) | 0 };
    const hash = (text) => { for (let i = 0; i < text.length; i++) add(text.charCodeAt(i)) };
    for (let round = 0; round < ${rounds}; round++) { ${statements} }
    return String(sum >>> 0);
  })()`;
  return {
    ...{ name, size, small, source: readInterpreter, memory: { import: ["a", "a", 256] }, plain: false },
    prepare: (guest) => {
      guest.call(EXPORTS.initialize);
      const runtime = guest.call(EXPORTS.newRuntime);
      // Zero stands for all of the language's built-in objects.
      const context = guest.call(EXPORTS.newContext, runtime, 0);
      const [file] = put(guest, EXPORTS.malloc, "bench.js");
      return (rounds) => {
        const [code, length] = put(guest, EXPORTS.malloc, text(rounds));
        const value = guest.call(EXPORTS.eval, context, code, length, file, 0, 0);
        return Number(textAt(guest, guest.call(EXPORTS.getString, context, value)));
      };
    },
  };
}

/** Objects, closures, strings, floats and a regular expression: what stands for the interpreter among other programs. */
export const MEDLEY = script(
  ...(["QuickJS", 16, [1, 3_473_901_439]] as const),
  `class Point { constructor(x, y) { this.x = x; this.y = y; } plus(p) { return new Point(this.x + p.x, this.y + p.y); } }
   let at = new Point(0, 0.5);
   const names = new Map();
   for (let i = 0; i < 300; i++) {
     at = at.plus(new Point(i % 7, 1 / (i + 1)));
     const name = "n" + ((i * 31 + round) % 53);
     names.set(name, (names.get(name) ?? 0) + i);
   }
   const values = [...names.values()].sort((a, b) => a - b).map((v, i) => v * i).filter((v) => v % 3 !== 1);
   hash(JSON.stringify({ values, at }).replace(/[0-9]{2}/g, (m) => m[1] + m[0]));`,
);

/** Programs by what they are busy with. */
export const SCRIPTS: readonly Workload[] = [
  script(
    ...(["loops", 3, [1, 3_010_945_809]] as const),
    `const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
     add(fibonacci(14));
     const sieve = new Uint8Array(4000);
     for (let i = 2; i < sieve.length; i++) { if (sieve[i]) continue; add(i); for (let j = i * i; j < sieve.length; j += i) sieve[j] = 1; }
     for (let x = -2; x < 1; x += 0.25) {
       let [a, b, steps] = [0, 0, 0];
       while (a * a + b * b < 4 && steps < 60) { [a, b] = [a * a - b * b + x, 2 * a * b + 0.3]; steps++; }
       add(steps);
     }`,
  ),
  script(
    ...(["strings and JSON", 3, [1, 1_732_636_421]] as const),
    `const rows = [];
     for (let i = 0; i < 60; i++) rows.push({ id: i, name: "row " + (i * round), tags: ["a" + i, "b"], part: i / 7, on: i % 3 === 0 });
     const text = JSON.stringify({ rows });
     hash(text);
     const again = JSON.parse(text).rows;
     add(again.map((row) => row.name.toUpperCase().padStart(12, ".")).join("|").split("|").length);
     for (const row of again) add(row.tags.join("").length + row.name.indexOf("w") + row.name.slice(1, 3).charCodeAt(0));`,
  ),
  script(
    ...(["objects and maps", 30, [1, 1_213_912_111]] as const),
    `class Node { constructor(key) { this.key = key; this.left = null; this.right = null; }
       put(key) { const side = key < this.key ? "left" : "right"; if (this[side] === null) this[side] = new Node(key); else this[side].put(key); } }
     const root = new Node(500), counts = new Map(), seen = new Set();
     for (let i = 0; i < 150; i++) {
       const key = (i * 389 + round * 7) % 1009;
       root.put(key);
       counts.set("k" + (key % 37), (counts.get("k" + (key % 37)) ?? 0) + 1);
       seen.add(key & 63);
     }
     const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
     for (const [key, count] of sorted) add(key.length * count);
     add(seen.size); add(Object.keys({ ...root, extra: 1 }).length);`,
  ),
  script(
    ...(["regular expressions", 8, [1, 836_313_440]] as const),
    `let text = "";
     for (let i = 0; i < 40; i++) text += "2026-0" + (i % 9 + 1) + "-1" + (i % 10) + " user" + (i * round) + "@example.org, ";
     for (const match of text.matchAll(/(?<year>\\d{4})-(?<month>\\d\\d)-(\\d\\d)/g)) add(Number(match.groups.month) + match.index);
     hash(text.replace(/([a-z]+)(\\d+)@([a-z.]+)/g, "$3:$2"));
     add(text.split(/,\\s*/).filter((part) => /^\\d+.*(?:a|e)x[^ ]*$/.test(part)).length);`,
  ),
];
