// The program of a process that rewrites WebAssembly modules.
import { WASM } from "./kind.ts";
import { rewriteModules } from "./rewrite-modules.ts";

rewriteModules(WASM);
