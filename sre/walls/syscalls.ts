// Linux's numbers of the system calls that the filter lets through or that the attacks try, for both processors. A
// test compares them with the kernel's own headers.

/** A processor that the filter and the attack program are written for, as Node names it. */
export const ARCHITECTURES = ["x64", "arm64"] as const;
/** A processor that we write system calls for. */
export type Architecture = (typeof ARCHITECTURES)[number];

/** Number on x86-64 and on AArch64; null where the processor has no such call. */
export const SYSCALLS = {
  access: [21, null],
  arch_prctl: [158, null],
  bpf: [321, 280],
  brk: [12, 214],
  capget: [125, 90],
  clock_getres: [229, 114],
  clock_gettime: [228, 113],
  clock_nanosleep: [230, 115],
  clone: [56, 220],
  clone3: [435, 435],
  close: [3, 57],
  close_range: [436, 436],
  connect: [42, 203],
  epoll_create1: [291, 20],
  epoll_ctl: [233, 21],
  epoll_pwait: [281, 22],
  epoll_pwait2: [441, 441],
  epoll_wait: [232, null],
  eventfd2: [290, 19],
  execve: [59, 221],
  exit: [60, 93],
  exit_group: [231, 94],
  faccessat: [269, 48],
  faccessat2: [439, 439],
  fcntl: [72, 25],
  fstat: [5, 80],
  futex: [202, 98],
  getcpu: [309, 168],
  getcwd: [79, 17],
  getdents64: [217, 61],
  getegid: [108, 177],
  geteuid: [107, 175],
  getgid: [104, 176],
  getpid: [39, 172],
  getppid: [110, 173],
  getrandom: [318, 278],
  getrusage: [98, 165],
  gettid: [186, 178],
  gettimeofday: [96, 169],
  getuid: [102, 174],
  io_uring_setup: [425, 425],
  ioctl: [16, 29],
  keyctl: [250, 219],
  kill: [62, 129],
  lseek: [8, 62],
  lstat: [6, null],
  madvise: [28, 233],
  membarrier: [324, 283],
  memfd_create: [319, 279],
  mmap: [9, 222],
  mount: [165, 40],
  mprotect: [10, 226],
  mremap: [25, 216],
  munmap: [11, 215],
  nanosleep: [35, 101],
  newfstatat: [262, 79],
  open: [2, null],
  openat: [257, 56],
  openat2: [437, 437],
  perf_event_open: [298, 241],
  pidfd_open: [434, 434],
  pipe2: [293, 59],
  pkey_alloc: [330, 289],
  pkey_free: [331, 290],
  pkey_mprotect: [329, 288],
  poll: [7, null],
  ppoll: [271, 73],
  prctl: [157, 167],
  pread64: [17, 67],
  prlimit64: [302, 261],
  process_vm_readv: [310, 270],
  ptrace: [101, 117],
  read: [0, 63],
  readlink: [89, null],
  readlinkat: [267, 78],
  readv: [19, 65],
  restart_syscall: [219, 128],
  rseq: [334, 293],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  rt_sigreturn: [15, 139],
  sched_getaffinity: [204, 123],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  sched_yield: [24, 124],
  set_robust_list: [273, 99],
  set_tid_address: [218, 96],
  setns: [308, 268],
  sigaltstack: [131, 132],
  socket: [41, 198],
  stat: [4, null],
  statx: [332, 291],
  sysinfo: [99, 179],
  tgkill: [234, 131],
  time: [201, null],
  uname: [63, 160],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  write: [1, 64],
  writev: [20, 66],
} as const satisfies Readonly<Record<string, readonly [number, number | null]>>;

/** A system call's name. */
export type SyscallName = keyof typeof SYSCALLS;

/** A call's number on a processor; null where it has none. */
export function numberOf(name: SyscallName, architecture: Architecture): number | null {
  return SYSCALLS[name][ARCHITECTURES.indexOf(architecture) as 0 | 1];
}

/** The processor of a machine, by Node's names of system and processor; null where we write no system calls for it. */
export function architectureOf(platform: string, arch: string): Architecture | null {
  return platform === "linux" ? (ARCHITECTURES.find((one) => one === arch) ?? null) : null;
}
