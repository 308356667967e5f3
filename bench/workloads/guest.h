// What every workload needs: no C library, one export `run` that takes a size and returns a checksum.
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;
typedef double f64;
typedef float f32;
#define RUN __attribute__((export_name("run"))) u32 run
// Keeps a recursion or a call a call.
#define CALLED __attribute__((noinline))

// One step of a linear congruential generator: the same stream on every machine.
static inline u32 next_random(u32 *state) { return *state = *state * 1664525u + 1013904223u; }
