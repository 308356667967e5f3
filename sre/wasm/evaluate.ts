// Code out of text, for Node alone, where guests run, too: strings become code there in no other way.
import { compileFunction } from "node:vm";
import type { Evaluate, Script } from "./abi/index.ts";

/** Makes a function of the body of one that takes `own`. */
export const evaluate: Evaluate = (text) => compileFunction(text, ["own"]) as Script;
