// What a program in a container would try first to get out, as system calls; none does harm where it succeeds.
import { type Attack, attack, is, refused } from "../walls/index.ts";

const AT_FOLDER = -100;
const READ_ONLY = 0;
const WRITE_ONLY = 1;
const READ_WRITE = 2;
const CREATE = 0o100;
const OWNER = 0o600;
const [INET, ALG, NETLINK, PACKET, VSOCK] = [2, 38, 16, 17, 40];
const [STREAM, RAW] = [1, 3];
const GET_NO_NEW_PRIVS = 39;
const BOUNDING_SET = 23;
const CAP_SYS_ADMIN = 21;
const NEW_USER = 0x1000_0000;
const THREAD_KEYRING = -1;
const COUNTER_BYTES = 128;

const denied = is(-1n);
const absent = is(-38n);
const open = (path: string, flags: number) => ["openat", [AT_FOLDER, path, flags, OWNER]] as const;

/** Every attack, each refused by what the policy says of it. */
export const ATTACKS: readonly Attack[] = [
  attack("open a network socket", "socket", [INET, STREAM, 0], denied),
  attack("open a raw socket", "socket", [INET, RAW, 1], denied),
  attack("open a packet socket", "socket", [PACKET, RAW, 0], denied),
  attack("open a kernel socket", "socket", [NETLINK, RAW, 0], denied),
  attack("open a socket to the machine's own host", "socket", [VSOCK, STREAM, 0], denied),
  attack("open a socket to the kernel's ciphers", "socket", [ALG, STREAM, 0], denied),
  attack("queue calls past the filter", "io_uring_setup", [1, new Uint8Array(120)], denied),
  attack("load a kernel program", "bpf", [0, 0, 0], denied),
  attack("handle page faults", "userfaultfd", [0], denied),
  attack("count what the processor does", "perf_event_open", [new Uint8Array(COUNTER_BYTES), 0, -1, -1, 0], denied),
  attack("reach a keyring", "keyctl", [0, THREAD_KEYRING, 0], denied),
  attack("make a namespace", "unshare", [NEW_USER], denied),
  attack("make a namespace with a child", "clone", [NEW_USER, 0, 0, 0, 0], denied),
  attack("clone past the filter's eyes", "clone3", [new Uint8Array(88), 88], absent),
  attack("enter a namespace", "setns", [0, 0], denied),
  attack("mount", "mount", ["none", "/tmp", "tmpfs", 0, 0], denied),
  attack("trace a process", "ptrace", [0, 0, 0, 0], denied),
  attack("read another process's memory", "process_vm_readv", [1, 0, 0, 0, 0, 0], denied),
  attack("have a capability back", "prctl", [BOUNDING_SET, CAP_SYS_ADMIN], is(0n)),
  attack("gain privileges", "prctl", [GET_NO_NEW_PRIVS], is(1n)),
  ...["/lockstep-probe", "/etc/lockstep-probe", "/bin/lockstep-probe", "/dev/lockstep-probe"].map((path) =>
    attack(`create ${path}`, ...open(path, WRITE_ONLY | CREATE), refused),
  ),
  ...["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/mm/ksm/run", "/sre/busybox"].map((path) =>
    attack(`write to ${path}`, ...open(path, WRITE_ONLY), refused),
  ),
  ...["/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/cgroup.procs", "/etc/hosts"].map((path) =>
    attack(`write to ${path}`, ...open(path, WRITE_ONLY), refused),
  ),
  ...["/proc/kcore", "/dev/kmsg", "/dev/mem", "/dev/vda", "/dev/sda"].map((path) =>
    attack(`read ${path}`, ...open(path, READ_ONLY), refused),
  ),
  attack("reach the machine's hypervisor", ...open("/dev/kvm", READ_WRITE), refused),
  attack("make shared memory that outlives it", ...open("/dev/shm/lockstep-probe", WRITE_ONLY | CREATE), refused),
];
