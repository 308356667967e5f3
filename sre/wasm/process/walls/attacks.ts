// What code that broke out of the engine would try first. Each attack is one system call (or two); a wall is in force
// only where every attack on it failed as it should. None does harm where it succeeds.
import type { Syscall } from "./image.ts";

/** An attack: its calls, and whether the last one's result says that the wall held. */
export interface Attack {
  /** What it gets when it succeeds, in words that follow "could". */
  readonly name: string;
  readonly calls: readonly Syscall[];
  readonly failed: (result: bigint) => boolean;
}

/** What of the host the attacks aim at. */
export interface Targets {
  /** A process outside the walls. */
  readonly pid: number;
  /** A TCP port of 127.0.0.1 where the host listens. */
  readonly port: number;
  /** Files that are there on the host and not inside, as absolute paths. */
  readonly files: readonly string[];
  /** Files that are there inside, which nobody may write. */
  readonly own: readonly string[];
}

const AT_FOLDER = -100;
const READ_ONLY = 0;
const WRITE_ONLY = 1;
const CREATE = 0o100;
const OWNER = 0o600;
const [UNIX, INET, NETLINK, VSOCK] = [1, 2, 16, 40];
const STREAM = 1;
const GET_NO_NEW_PRIVS = 39;
const BOUNDING_SET = 23;
const CAP_SYS_ADMIN = 21;
const NEW_USER = 0x1000_0000;
const CHILD_EXITS = 17;
const GET_DESCRIPTOR_FLAGS = 1;
const THREAD_KEYRING = -1;
const COUNTER_BYTES = 128;

const one = (name: string, call: Syscall["call"], args: Syscall["args"], failed: Attack["failed"]): Attack => ({
  name,
  calls: [{ call, args }],
  failed,
});
const refused = (result: bigint) => result < 0n;
const is = (value: bigint) => (result: bigint) => result === value;

/** `struct sockaddr_in` of a port on 127.0.0.1. */
function loopback(port: number): Uint8Array {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, INET, true);
  view.setUint16(2, port);
  view.setUint32(4, 0x7f00_0001);
  return address;
}

/** Attacks that the namespaces must stop, all by themselves. */
export function attacksOnNamespaces({ pid, port, files, own }: Targets): readonly Attack[] {
  const open = (path: string, flags: number) => ["openat", [AT_FOLDER, path, flags, OWNER]] as const;
  return [
    ...["/etc/passwd", "/bin/sh", "/proc/self/environ", "/sys/kernel", "/dev/null", "/tmp", ...files].map((path) =>
      one(`read ${path}`, ...open(path, READ_ONLY), refused),
    ),
    one("create a file", ...open("/lockstep-probe", WRITE_ONLY | CREATE), refused),
    ...own.map((path) => one(`write to ${path}`, ...open(path, WRITE_ONLY), refused)),
    ...[3, 4, 5, 6].map((descriptor) =>
      one(`use descriptor ${descriptor}`, "fcntl", [descriptor, GET_DESCRIPTOR_FLAGS], is(-9n)),
    ),
    {
      name: "connect to a port of the host",
      calls: [
        { call: "socket", args: [INET, STREAM, 0], feedsNext: true },
        { call: "connect", args: [0, loopback(port), 16] },
      ],
      failed: refused,
    },
    one("see a process of the host", "kill", [pid, 0], is(-3n)),
    one("see the process that started it", "getppid", [], is(0n)),
    one("mount", "mount", ["none", "/", "no-such-kind", 0, 0], is(-1n)),
    one("have a capability back", "prctl", [BOUNDING_SET, CAP_SYS_ADMIN], is(0n)),
    one("gain privileges", "prctl", [GET_NO_NEW_PRIVS], is(1n)),
  ];
}

/** Attacks that the filter must refuse; the kernel alone would allow the most of them even inside the namespaces. */
export function attacksOnFilter({ pid, own }: Targets): readonly Attack[] {
  const denied = is(-1n);
  const absent = is(-38n);
  return [
    one("open a socket of this machine", "socket", [UNIX, STREAM, 0], denied),
    one("open a network socket", "socket", [INET, STREAM, 0], denied),
    one("open a kernel socket", "socket", [NETLINK, STREAM, 0], denied),
    one("open a socket to the machine's own host", "socket", [VSOCK, STREAM, 0], denied),
    one("create a file", "openat", [AT_FOLDER, "/lockstep-probe", WRITE_ONLY | CREATE, OWNER], denied),
    ...own.map((path) => one(`write to ${path}`, "openat", [AT_FOLDER, path, WRITE_ONLY], denied)),
    one("open a file past the filter's eyes", "openat2", [AT_FOLDER, "/", new Uint8Array(24), 24], denied),
    one("make a file in memory", "memfd_create", ["probe", 0], denied),
    one("signal a process", "kill", [pid, 0], denied),
    one("be traced", "ptrace", [0, 0, 0, 0], denied),
    one("read another process's memory", "process_vm_readv", [pid, 0, 0, 0, 0, 0], denied),
    one("hold on to a process", "pidfd_open", [pid, 0], denied),
    one("make a namespace", "unshare", [NEW_USER], denied),
    one("enter a namespace", "setns", [0, 0], denied),
    one("mount", "mount", ["none", "/", "no-such-kind", 0, 0], denied),
    one("load a kernel program", "bpf", [0, 0, 0], denied),
    one("count what the processor does", "perf_event_open", [new Uint8Array(COUNTER_BYTES), 0, -1, -1, 0], denied),
    one("reach a keyring", "keyctl", [0, THREAD_KEYRING, 0], denied),
    one("handle page faults", "userfaultfd", [0], denied),
    one("queue calls past the filter", "io_uring_setup", [1, new Uint8Array(120)], absent),
    one("clone past the filter's eyes", "clone3", [new Uint8Array(88), 88], absent),
    // Last: where it succeeds, two processes go on from here.
    one("start a process", "clone", [CHILD_EXITS, 0, 0, 0, 0], denied),
  ];
}
