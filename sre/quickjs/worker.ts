// The program of a process that runs JavaScript guests.
import { runGuests } from "../wasm/run-guests.ts";
import { PROGRAMS } from "./kind.ts";

runGuests(PROGRAMS);
