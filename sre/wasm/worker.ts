// The program of a process that runs WebAssembly guests.
import { WASM } from "./kind.ts";
import { runGuests } from "./run-guests.ts";

runGuests(WASM);
