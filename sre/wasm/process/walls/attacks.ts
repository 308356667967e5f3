// What code that broke out of the engine would try first. Each attack is one system call (or two); a wall is in force
// only where every attack on it failed as it should. None does harm where it succeeds.
import { type Attack, attack, is, refused } from "../../../walls/index.ts";

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
      attack(`read ${path}`, ...open(path, READ_ONLY), refused),
    ),
    attack("create a file", ...open("/lockstep-probe", WRITE_ONLY | CREATE), refused),
    ...own.map((path) => attack(`write to ${path}`, ...open(path, WRITE_ONLY), refused)),
    ...[3, 4, 5, 6].map((descriptor) =>
      attack(`use descriptor ${descriptor}`, "fcntl", [descriptor, GET_DESCRIPTOR_FLAGS], is(-9n)),
    ),
    {
      name: "connect to a port of the host",
      calls: [
        { call: "socket", args: [INET, STREAM, 0], feedsNext: true },
        { call: "connect", args: [0, loopback(port), 16] },
      ],
      failed: refused,
    },
    attack("see a process of the host", "kill", [pid, 0], is(-3n)),
    attack("see the process that started it", "getppid", [], is(0n)),
    attack("mount", "mount", ["none", "/", "no-such-kind", 0, 0], is(-1n)),
    attack("have a capability back", "prctl", [BOUNDING_SET, CAP_SYS_ADMIN], is(0n)),
    attack("gain privileges", "prctl", [GET_NO_NEW_PRIVS], is(1n)),
  ];
}

/** Attacks that the filter must refuse; the kernel alone would allow the most of them even inside the namespaces. */
export function attacksOnFilter({ pid, own }: Targets): readonly Attack[] {
  const denied = is(-1n);
  const absent = is(-38n);
  return [
    attack("open a socket of this machine", "socket", [UNIX, STREAM, 0], denied),
    attack("open a network socket", "socket", [INET, STREAM, 0], denied),
    attack("open a kernel socket", "socket", [NETLINK, STREAM, 0], denied),
    attack("open a socket to the machine's own host", "socket", [VSOCK, STREAM, 0], denied),
    attack("create a file", "openat", [AT_FOLDER, "/lockstep-probe", WRITE_ONLY | CREATE, OWNER], denied),
    ...own.map((path) => attack(`write to ${path}`, "openat", [AT_FOLDER, path, WRITE_ONLY], denied)),
    attack("open a file past the filter's eyes", "openat2", [AT_FOLDER, "/", new Uint8Array(24), 24], denied),
    attack("make a file in memory", "memfd_create", ["probe", 0], denied),
    attack("signal a process", "kill", [pid, 0], denied),
    attack("be traced", "ptrace", [0, 0, 0, 0], denied),
    attack("read another process's memory", "process_vm_readv", [pid, 0, 0, 0, 0, 0], denied),
    attack("hold on to a process", "pidfd_open", [pid, 0], denied),
    attack("make a namespace", "unshare", [NEW_USER], denied),
    attack("enter a namespace", "setns", [0, 0], denied),
    attack("mount", "mount", ["none", "/", "no-such-kind", 0, 0], denied),
    attack("load a kernel program", "bpf", [0, 0, 0], denied),
    attack("count what the processor does", "perf_event_open", [new Uint8Array(COUNTER_BYTES), 0, -1, -1, 0], denied),
    attack("reach a keyring", "keyctl", [0, THREAD_KEYRING, 0], denied),
    attack("handle page faults", "userfaultfd", [0], denied),
    attack("queue calls past the filter", "io_uring_setup", [1, new Uint8Array(120)], absent),
    attack("clone past the filter's eyes", "clone3", [new Uint8Array(88), 88], absent),
    // Last: where it succeeds, two processes go on from here.
    attack("start a process", "clone", [CHILD_EXITS, 0, 0, 0, 0], denied),
  ];
}
