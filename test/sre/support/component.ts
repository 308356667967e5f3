// Components made by hand: a world in WIT and a core module in text, put together by the tools that the transpiler's
// package has.

import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";

/** A component of the world `app` of the package that `wit` describes, its core module in text. */
export async function component(wit: string, core: string): Promise<Uint8Array> {
  const embedded = await componentEmbed({ witSource: wit, world: "app", binary: await parse(core) });
  return componentNew(embedded, []);
}

/** A component in text. */
export const componentText = (text: string): Promise<Uint8Array> => parse(text);
