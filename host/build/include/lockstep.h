/*
 * lockstep.h: the guest ABI bytes/1 for C and C++. A function takes bytes and gives bytes:
 *
 *     #include <lockstep.h>
 *
 *     LOCKSTEP_ENTRY(shout)(const char *input, size_t length) {
 *       ...
 *       return lockstep_output(result, size);
 *     }
 *
 * Nothing else of the outside is there: no files, no clock, no standard input. What is printed goes to the logs.
 */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
#define LOCKSTEP_C extern "C"
#else
#define LOCKSTEP_C extern
#endif

/* A function that can be called under its own name. */
#define LOCKSTEP_ENTRY(name) LOCKSTEP_C __attribute__((export_name(#name))) uint64_t name

/* What an entry returns: where its output lies, and how many bytes it has. */
static inline uint64_t lockstep_output(const void *bytes, size_t length) {
  return (uint64_t)(uintptr_t)bytes << 32 | (uint32_t)length;
}

/* Appends bytes to the logs, as a line. */
LOCKSTEP_C __attribute__((import_module("lockstep"), import_name("log"))) void lockstep_log(const void *text,
                                                                                            size_t length);

/* Appends bytes to the logs and ends the run; there is no output then. */
LOCKSTEP_C __attribute__((import_module("lockstep"), import_name("abort"), noreturn)) void lockstep_abort(
    const void *text, size_t length);

LOCKSTEP_C void __wasm_call_ctors(void);

/* Room for the input. It is asked for once, before the entry, so that it is where static objects are made. */
LOCKSTEP_C __attribute__((export_name("alloc"), weak)) void *lockstep_alloc(size_t size) {
  __wasm_call_ctors();
  return malloc(size == 0 ? 1 : size);
}

/*
 * The C library's way to the outside, as it would be imported from WASI. Only what printing and aborting need is here:
 * an import that is missing names what a function can't have.
 */
#define LOCKSTEP_WASI(name) LOCKSTEP_C __attribute__((weak)) int32_t __imported_wasi_snapshot_preview1_##name

enum { LOCKSTEP_BADF = 8 };

LOCKSTEP_WASI(fd_write)(int32_t file, int32_t parts, int32_t count, int32_t written) {
  struct part {
    const char *bytes;
    size_t length;
  };
  const struct part *part = (const struct part *)(uintptr_t)parts;
  size_t total = 0;
  if (file != 1 && file != 2) return LOCKSTEP_BADF;
  for (int32_t at = 0; at < count; at++) {
    if (part[at].length > 0) lockstep_log(part[at].bytes, part[at].length);
    total += part[at].length;
  }
  *(size_t *)(uintptr_t)written = total;
  return 0;
}

LOCKSTEP_WASI(fd_close)(int32_t file) {
  (void)file;
  return LOCKSTEP_BADF;
}

LOCKSTEP_WASI(fd_fdstat_get)(int32_t file, int32_t stat) {
  (void)file, (void)stat;
  return LOCKSTEP_BADF;
}

LOCKSTEP_WASI(fd_seek)(int32_t file, int64_t offset, int32_t whence, int32_t position) {
  (void)file, (void)offset, (void)whence, (void)position;
  return LOCKSTEP_BADF;
}

LOCKSTEP_C __attribute__((weak, noreturn)) void __imported_wasi_snapshot_preview1_proc_exit(int32_t status) {
  (void)status;
  lockstep_abort("exit", 4);
}

#endif
