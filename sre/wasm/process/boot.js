// The first words of a worker process, given on its command line: its program comes as a frame on its standard input,
// so that it needs no file at all; which one, the word after says. Plain JavaScript, since nothing has made any yet.
import { readSync } from "node:fs";
import { registerHooks } from "node:module";

function read(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const count = readSync(0, bytes, at, size - at, null);
    if (count === 0) process.exit();
    at += count;
  }
  return bytes;
}

const size = new DataView(read(4).buffer).getUint32(0, true);
const { entries, modules } = JSON.parse(new TextDecoder().decode(read(size)));
const entry = entries[process.argv[1]];
registerHooks({
  resolve(specifier, context, next) {
    const url = specifier === entry ? entry : modules[context.parentURL]?.imports[specifier];
    return url === undefined ? next(specifier, context) : { url, format: "module", shortCircuit: true };
  },
  load(url, context, next) {
    const found = modules[url];
    return found === undefined ? next(url, context) : { format: "module", source: found.source, shortCircuit: true };
  },
});
await import(entry);
