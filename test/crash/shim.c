/* A preloaded library between a process and its disk, for files under $SHIM_DIR only. It writes down every write, sync,
 * truncation and removal in order ($SHIM_LOG), so that a test can compute what a power cut would have left; and it makes
 * the $SHIM_FAIL_AT-th write or sync fail ($SHIM_FAIL_KIND: "write" with ENOSPC, "sync" with EIO), as a full or dying
 * disk does. It must never change what a process sees otherwise.
 *
 * A record: operation (1 byte: W write at offset, A append, S sync, T truncate, U unlink), path length (2), offset (8),
 * data length (4), path, data; numbers little-endian. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512

static char folder[PATH_BYTES];
static int log_fd = -1;
static long fail_at = 0;
static int fail_syncs = 0;
static long counted = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  const char *dir = getenv("SHIM_DIR");
  if (dir) snprintf(folder, sizeof folder, "%s/", dir);
  const char *file = getenv("SHIM_LOG");
  if (file) log_fd = open(file, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const char *at = getenv("SHIM_FAIL_AT");
  if (at) fail_at = atol(at);
  const char *kind = getenv("SHIM_FAIL_KIND");
  fail_syncs = kind && strcmp(kind, "sync") == 0;
}

/* Whether the file behind a descriptor is one of ours; its path then. */
static int ours(int fd, char *path) {
  char link[64];
  if (folder[0] == 0 || fd < 3 || fd == log_fd) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_BYTES - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static void record(char operation, const char *path, uint64_t offset, const void *data, uint32_t length) {
  if (log_fd < 0) return;
  char head[15];
  uint16_t path_length = strlen(path);
  head[0] = operation;
  memcpy(head + 1, &path_length, 2);
  memcpy(head + 3, &offset, 8);
  memcpy(head + 11, &length, 4);
  pthread_mutex_lock(&lock);
  real_write(log_fd, head, sizeof head);
  real_write(log_fd, path, path_length);
  if (length > 0) real_write(log_fd, data, length);
  pthread_mutex_unlock(&lock);
}

/* Counts an operation of the kind that is to fail; whether this is the one. */
static int fails(int is_sync) {
  if (fail_at == 0 || is_sync != fail_syncs) return 0;
  return __sync_add_and_fetch(&counted, 1) == fail_at;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
  char path[PATH_BYTES];
  int mine = ours(fd, path);
  if (mine && fails(0)) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t written = real_pwrite(fd, data, length, offset);
  if (mine && written > 0) record('W', path, offset, data, written);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
  char path[PATH_BYTES];
  ssize_t written = real_write(fd, data, length);
  if (written > 0 && ours(fd, path)) record('A', path, 0, data, written);
  return written;
}

static int synced(int fd, int (*real)(int)) {
  char path[PATH_BYTES];
  int mine = ours(fd, path);
  if (mine && fails(1)) {
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (mine && result == 0) record('S', path, 0, NULL, 0);
  return result;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int ftruncate64(int fd, off_t length) {
  char path[PATH_BYTES];
  int result = real_ftruncate(fd, length);
  if (result == 0 && ours(fd, path)) record('T', path, length, NULL, 0);
  return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
  int result = real_unlink(path);
  if (result == 0 && folder[0] && strncmp(path, folder, strlen(folder)) == 0) record('U', path, 0, NULL, 0);
  return result;
}
