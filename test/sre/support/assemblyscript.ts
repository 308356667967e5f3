// AssemblyScript to modules, by its compiler in this process.
import asc from "assemblyscript/asc";

/** Compiles one source file with the options that builds use. */
export async function assemblyscript(source: string): Promise<Uint8Array> {
  let module: Uint8Array | null = null;
  const result = await asc.main(["guest.ts", "--outFile", "guest.wasm", "-O", "--exportRuntime"], {
    readFile: (name: string) => (name === "guest.ts" ? source : null),
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (typeof contents !== "string") module = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (result.error !== null || module === null) throw new Error(`asc: ${result.stderr.toString()}`);
  return module;
}
