// The system calls that a container's program may make, as a list of what is allowed: everything else answers EPERM.
// No sockets but Unix ones between its own processes (so no network, no vsock), no io_uring, no namespaces, no mounts,
// no tracing of others, no keys, no clock to set.

/** Files and folders. */
const FILES = `access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr ioctl lchown lgetxattr link linkat listxattr
llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat newfstatat open openat openat2 pipe pipe2 pread64 preadv
preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr rename renameat renameat2 rmdir
sendfile setxattr splice stat statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat
utime utimensat utimes vmsplice write writev`;

/** Waiting for them. */
const WAITING = `epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch
inotify_init inotify_init1 inotify_rm_watch poll ppoll pselect6 select signalfd signalfd4 timerfd_create timerfd_gettime
timerfd_settime`;

/** Memory. */
const MEMORY = `brk get_mempolicy madvise mbind membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap
msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect set_mempolicy`;

/** Its own processes, threads and signals. */
const PROCESSES = `alarm arch_prctl capget execve execveat exit exit_group fork futex get_robust_list get_thread_area getcpu
getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit
getrusage getsid gettid getuid ioprio_get kill landlock_add_rule landlock_create_ruleset landlock_restrict_self nanosleep
pause pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask
rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_robust_list set_thread_area
set_tid_address setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid
setuid sigaltstack tgkill timer_create timer_delete timer_getoverrun timer_gettime timer_settime tkill vfork wait4 waitid`;

/** Clocks to read, and what is left. */
const REST = `clock_getres clock_gettime clock_nanosleep getrandom gettimeofday sysinfo time times uname`;

/** What goes over sockets once there is one. */
const SOCKETS = `accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
sendmsg sendto setsockopt shutdown socketpair`;

const allowed = [FILES, WAITING, MEMORY, PROCESSES, REST, SOCKETS].join(" ").split(/\s+/u).sort();

/** Bits of `clone` that make a namespace. */
const NAMESPACES = 0x7e020000;
const AF_UNIX = 1;
const ENOSYS = 38;

/** The filter, in the form that engines and runtimes take. */
export const SECCOMP = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
  ],
  syscalls: [
    { names: allowed, action: "SCMP_ACT_ALLOW", args: [] },
    // Threads and children, but no namespaces; of clone3 the flags can't be seen, and without it libraries take clone.
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    },
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS, args: [] },
    { names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 0, op: "SCMP_CMP_EQ" }] },
    { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: AF_UNIX, op: "SCMP_CMP_EQ" }] },
  ],
} as const;
