// A hash table of 64-bit keys with 2^17 slots: loads and stores that miss the first-level caches, 64-bit arithmetic.
#include "guest.h"
#define SLOTS (1u << 17)

static u64 KEYS[SLOTS];
static u32 COUNTS[SLOTS];

static u64 mix(u64 x) {
  x = (x ^ x >> 31) * 0x9e3779b97f4a7c15ull;
  x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
  return x ^ x >> 32;
}

static u32 count(u64 key) {
  u32 at = (u32)mix(key) % SLOTS;
  while (KEYS[at] != 0 && KEYS[at] != key) at = (at + 1) % SLOTS;
  KEYS[at] = key;
  return ++COUNTS[at];
}

RUN(u32 n) {
  u32 random = 7, sum = 0;
  for (u32 i = 0; i < SLOTS; i++) KEYS[i] = 0, COUNTS[i] = 0;
  for (u32 i = 0; i < n; i++) sum += count(1 + (u64)(next_random(&random) >> 16) * 0x100000001ull);
  for (u32 i = 0; i < SLOTS; i++) sum = sum * 31 + COUNTS[i];
  return sum;
}
