// The system-call filter of a worker, as the kernel's classic BPF in bytes: an allow-list of what Node does from its
// start to its end, and no for everything else. `bwrap` hands it to the kernel just before it becomes the worker,
// so one call that the attacker could do without stays: `execve`, which finds nothing to run but the worker's own Node.
import { type Architecture, numberOf, type SyscallName } from "../../../walls/index.ts";

/** What a refused call answers: `EPERM`. */
const REFUSED = 1;
/** What a call answers that the C library or libuv tries first and does without where a kernel is too old: `ENOSYS`. */
const UNKNOWN = 38;

/** An open for reading alone: none of write, read-write, create, truncate, temporary file. `O_DIRECTORY` is no harm. */
const WRITES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000;
/** `clone` flags: a new thread, and each new namespace. */
const THREAD = 0x1_0000;
const NAMESPACES = 0x7e02_0000;

/** Calls that are allowed whatever their arguments; the frequent ones first, since the kernel reads from the top. */
const ALLOWED: readonly SyscallName[] = [
  ...(["read", "write", "futex", "mprotect", "madvise", "mmap", "munmap", "epoll_pwait", "epoll_wait"] as const),
  ...(["readv", "writev", "pread64", "lseek", "close", "close_range", "fcntl", "poll", "ppoll", "pipe2"] as const),
  ...(["epoll_create1", "epoll_ctl", "epoll_pwait2", "eventfd2"] as const),
  ...(["fstat", "statx", "newfstatat", "stat", "lstat", "access", "faccessat", "faccessat2"] as const),
  ...(["readlink", "readlinkat", "getcwd", "getdents64"] as const),
  ...(["mremap", "brk", "membarrier", "pkey_alloc", "pkey_free", "pkey_mprotect"] as const),
  ...(["set_robust_list", "set_tid_address", "rseq", "arch_prctl", "getcpu", "getpid", "getppid", "gettid"] as const),
  ...(["sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler"] as const),
  ...(["rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "tgkill", "restart_syscall"] as const),
  ...(["clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time"] as const),
  ...(["getuid", "geteuid", "getgid", "getegid", "capget", "uname", "sysinfo", "getrusage", "getrandom"] as const),
  ...(["getsockname"] as const),
  ...(["prlimit64", "execve", "exit", "exit_group"] as const),
];

/** A call that is allowed when `argument & mask` is one of `values`. */
interface Bounded {
  readonly call: SyscallName;
  readonly argument: number;
  readonly mask: number;
  readonly values: readonly number[];
}

const WHOLE = 0xffff_ffff;
const BOUNDED: readonly Bounded[] = [
  { call: "open", argument: 1, mask: WRITES, values: [0] },
  { call: "openat", argument: 2, mask: WRITES, values: [0] },
  // SO_TYPE: Node asks of its standard input whether it is a pipe.
  { call: "getsockopt", argument: 2, mask: WHOLE, values: [3] },
  // Threads, which V8 needs; never a process, never a namespace.
  { call: "clone", argument: 0, mask: THREAD | NAMESPACES, values: [THREAD] },
  // Names of threads and of memory areas; whether the process can gain privileges.
  { call: "prctl", argument: 0, mask: WHOLE, values: [15, 0x5356_4d41, 39] },
  // TCGETS, FIONBIO, FIONCLEX, FIOCLEX, FIONREAD.
  { call: "ioctl", argument: 1, mask: WHOLE, values: [0x5401, 0x5421, 0x5450, 0x5451, 0x541b] },
];

/** Calls with a fallback in the C library (`clone3` to `clone`) or in libuv. Their arguments lie where no filter sees. */
const ABSENT: readonly SyscallName[] = ["clone3", "io_uring_setup"];

/** `AUDIT_ARCH_…` of the kernel: a call through another table, such as 32-bit x86, ends the process. */
const AUDIT: Readonly<Record<Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** On x86-64 the same number with this bit is the x32 table's call. */
const X32 = 0x4000_0000;

const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const ERROR = 0x0005_0000;

/** Places in the kernel's `struct seccomp_data`: call number, table, then six arguments of 8 bytes. */
const NUMBER_AT = 0;
const TABLE_AT = 4;
const ARGUMENTS_AT = 16;

/** Operation, steps over when true, steps over when false, operand. */
type Instruction = readonly [number, number, number, number];

const answer = (value: number): Instruction => [RETURN, 0, 0, value];
/** Answers `then` when what was loaded equals `value`; else goes on. */
const when = (value: number, then: number): readonly Instruction[] => [[JUMP_EQUAL, 0, 1, value], answer(then)];

function bounded({ argument, mask, values }: Bounded, number: number): readonly Instruction[] {
  const body: readonly Instruction[] = [
    [LOAD, 0, 0, ARGUMENTS_AT + 8 * argument],
    [AND, 0, 0, mask],
    ...values.flatMap((value) => when(value, ALLOW)),
    answer(ERROR | REFUSED),
  ];
  return [[JUMP_EQUAL, 0, body.length, number], ...body];
}

function instructions(architecture: Architecture): readonly Instruction[] {
  const each = <T>(
    list: readonly T[],
    name: (one: T) => SyscallName,
    make: (number: number, one: T) => readonly Instruction[],
  ) =>
    list.flatMap((one) => {
      const number = numberOf(name(one), architecture);
      return number === null ? [] : make(number, one);
    });
  return [
    [LOAD, 0, 0, TABLE_AT],
    [JUMP_EQUAL, 1, 0, AUDIT[architecture]],
    answer(KILL),
    [LOAD, 0, 0, NUMBER_AT],
    ...(architecture === "x64" ? ([[JUMP_AT_LEAST, 0, 1, X32], answer(KILL)] as const) : []),
    ...each(
      ALLOWED,
      (name) => name,
      (number) => when(number, ALLOW),
    ),
    ...each(
      BOUNDED,
      (one) => one.call,
      (number, one) => bounded(one, number),
    ),
    ...each(
      ABSENT,
      (name) => name,
      (number) => when(number, ERROR | UNKNOWN),
    ),
    answer(ERROR | REFUSED),
  ];
}

/** The filter for a processor, 8 bytes an instruction (`struct sock_filter`), in its byte order, little-endian. */
export function seccompFilter(architecture: Architecture): Uint8Array {
  const list = instructions(architecture);
  const bytes = new Uint8Array(list.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [operation, yes, no, operand]] of list.entries()) {
    view.setUint16(8 * index, operation, true);
    view.setUint8(8 * index + 2, yes);
    view.setUint8(8 * index + 3, no);
    view.setUint32(8 * index + 4, operand, true);
  }
  return bytes;
}
