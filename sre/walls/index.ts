// The door of sre/walls: how walls around a guest are attacked, whatever builds them.
export { type Attack, attack, breaches, callsOf, is, refused } from "./attack.ts";
export { attackProgram, readResults, type Syscall } from "./program.ts";
export { ARCHITECTURES, type Architecture, architectureOf, numberOf, SYSCALLS, type SyscallName } from "./syscalls.ts";
