// The program of a process that makes the warm image and rewrites it.
import { rewriteModules } from "../wasm/rewrite-modules.ts";
import { PROGRAMS } from "./kind.ts";

rewriteModules(PROGRAMS);
