// The names in a directory as a guest lists them, however it removes and takes up again (SPEC rule O4).
import { expect, test } from "vitest";
import { Entries, type FileNode } from "../../sre/wasm/world/nodes.ts";
import { random } from "../support/state-tree.ts";

test("a listing from any place on has the names that are there, in the order of their making", () => {
  const next = random(20261201);
  const entries = new Entries();
  const node = {} as FileNode;
  const names: { readonly name: string; readonly serial: number }[] = [];
  let made = 0;
  for (let step = 0; step < 4000; step++) {
    if (next(5) < 3 || names.length === 0) {
      entries.add(`${++made}`, node);
      names.push({ name: `${made}`, serial: made });
    } else {
      const from = next(names.length);
      for (const { name } of names.splice(from, 1 + next(40))) entries.remove(name);
    }
    const behind = next(made + 2);
    const listed = [...entries.after(behind)].slice(0, 30).map(({ name }) => name);
    expect(listed).toEqual(
      names
        .filter(({ serial }) => serial > behind)
        .slice(0, 30)
        .map(({ name }) => name),
    );
  }
});
