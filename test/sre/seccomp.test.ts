// The system-call filter, read by an interpreter of the kernel's BPF of our own, for both processors.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { ARCHITECTURES, type Architecture, numberOf, SYSCALLS, type SyscallName } from "../../sre/walls/index.ts";
import { seccompFilter } from "../../sre/wasm/process/walls/seccomp.ts";
import { component } from "../support/require.ts";

const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
const names = Object.keys(SYSCALLS) as SyscallName[];

/** Answers as the kernel would: `allow`, `kill`, or an error number. */
function answer(program: Uint8Array, number: number, args: readonly number[], audit: number): string | number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, audit, true);
  for (const [index, arg] of args.entries()) data.setUint32(16 + 8 * index, arg, true);
  const code = new DataView(program.buffer);
  for (let at = 0, held = 0; ; at++) {
    const operand = code.getUint32(8 * at + 4, true);
    const jump = (yes: boolean) => code.getUint8(8 * at + (yes ? 2 : 3));
    switch (code.getUint16(8 * at, true)) {
      case 0x20:
        held = data.getUint32(operand, true);
        break;
      case 0x54:
        held = (held & operand) >>> 0;
        break;
      case 0x15:
        at += jump(held === operand);
        break;
      case 0x35:
        at += jump(held >= operand);
        break;
      case 0x06:
        if (operand === 0x7fff_0000) return "allow";
        return operand === 0x8000_0000 ? "kill" : operand - 0x5_0000;
      default:
        throw new Error(`no such operation at ${at}`);
    }
  }
}

describe.each(ARCHITECTURES)("the filter for %s", (architecture: Architecture) => {
  const program = seccompFilter(architecture);
  const ask = (name: SyscallName, ...args: readonly number[]) =>
    answer(program, numberOf(name, architecture)!, args, AUDIT[architecture]);

  test("lets through what Node needs, and no other of three hundred calls and more", () => {
    const own = names.filter((name) => numberOf(name, architecture) !== null && ask(name) === "allow");
    expect(own).toEqual(expect.arrayContaining(["read", "write", "mmap", "mprotect", "futex", "execve", "exit_group"]));
    const numbers = new Set(own.map((name) => numberOf(name, architecture)));
    for (let number = 0; number < 1024; number++) {
      const said = answer(program, number, [], AUDIT[architecture]);
      if (!numbers.has(number))
        expect({ number, refused: said === 1 || said === 38 }).toEqual({ number, refused: true });
    }
    expect(own.length).toBeLessThan(85);
  });

  test.each(["socket", "connect", "kill", "ptrace", "process_vm_readv", "bpf", "mount", "unshare", "setns"] as const)(
    "refuses %s",
    (name) => expect(ask(name)).toBe(1),
  );

  test("opens files for reading alone", () => {
    expect(ask("openat", 0, 0, 0o2000000)).toBe("allow");
    for (const flags of [0o1, 0o2, 0o100, 0o1000, 0o20000000 | 0o200000]) expect(ask("openat", 0, 0, flags)).toBe(1);
  });

  test("makes threads and never processes or namespaces", () => {
    expect(ask("clone", 0x3d_0f00)).toBe("allow");
    for (const flags of [17, 0x4111, 0x3d_0f00 | 0x1000_0000, 0x3d_0f00 | 0x2_0000])
      expect(ask("clone", flags)).toBe(1);
    expect([ask("clone3"), ask("io_uring_setup")]).toEqual([38, 38]);
  });

  test("a terminal can't be typed into, a process can't be made dumpable", () => {
    expect([ask("ioctl", 0, 0x5412), ask("prctl", 4), ask("ioctl", 0, 0x5401)]).toEqual([1, 1, "allow"]);
  });

  test("a call through another table ends the process", () => {
    expect(answer(program, 0, [], 0x4000_0003)).toBe("kill");
    if (architecture === "x64") expect(answer(program, 0x4000_0000, [], AUDIT.x64)).toBe("kill");
  });
});

component("gcc")("numbers of system calls", () => {
  // arm64 uses the generic table, whose macros stand for the 64-bit names when asked so.
  const HEADERS = {
    x64: ["asm/unistd_64.h"],
    arm64: ["asm-generic/unistd.h", "-D__BITS_PER_LONG=64", "-D__ARCH_WANT_NEW_STAT", "-D__ARCH_WANT_SYS_CLONE3"],
  };

  test.each(ARCHITECTURES)("are those of the kernel's headers on %s", (architecture) => {
    const [header, ...macros] = HEADERS[architecture];
    // A name stands for itself where the header has no such call.
    const lines = names.map((name) => `${name} = __NR_${name}`).join("\n");
    const { stdout } = spawnSync("gcc", ["-E", "-P", "-x", "c", ...macros, "-"], {
      input: `#include <${header}>\n${lines}\n`,
    });
    const told = new Map([...stdout.toString().matchAll(/(\w+) = (\w+)/g)].map(([, name, value]) => [name, value]));
    for (const name of names) {
      const number = numberOf(name, architecture);
      const value = told.get(name);
      if (number !== null) expect([name, value]).toEqual([name, String(number)]);
      // Older headers lack the newest calls; what we hold absent must be absent.
      else expect([name, /^[0-9]/.test(value ?? "")]).toEqual([name, false]);
    }
  });
});
