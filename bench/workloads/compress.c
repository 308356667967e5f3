// An LZ77 compressor with a hash table, its decompressor and an Adler checksum over invented text.
#include "guest.h"
#define SIZE (1u << 17)
#define SLOTS (1u << 13)

static u8 TEXT[SIZE], PACKED[2 * SIZE], UNPACKED[SIZE];
static u32 SLOT[SLOTS];

static void invent(u32 random) {
  for (u32 at = 0; at < SIZE;) {
    u32 word = (next_random(&random) >> 16) % 200;
    for (u32 k = 0; k < 2 + word % 7 && at < SIZE; k++) TEXT[at++] = (u8)('a' + word * (k + 3) * 7 % 26);
    if (at < SIZE) TEXT[at++] = ' ';
  }
}

static u32 literals(u32 out, u32 from, u32 to) {
  u32 length = to - from;
  for (; length >= 255; length -= 255) PACKED[out++] = 255;
  PACKED[out++] = (u8)length;
  while (from < to) PACKED[out++] = TEXT[from++];
  return out;
}

static u32 compress(void) {
  u32 out = 0, done = 0;
  for (u32 i = 0; i < SLOTS; i++) SLOT[i] = 0;
  for (u32 at = 0; at + 8 < SIZE; at++) {
    u32 four = TEXT[at] | TEXT[at + 1] << 8 | TEXT[at + 2] << 16 | (u32)TEXT[at + 3] << 24;
    u32 *slot = &SLOT[four * 2654435761u >> 19], seen = *slot;
    *slot = at + 1;
    if (seen == 0 || at + 1 - seen >= 65535) continue;
    u32 length = 0;
    while (at + length < SIZE - 8 && length < 255 && TEXT[seen - 1 + length] == TEXT[at + length]) length++;
    if (length < 4) continue;
    out = literals(out, done, at);
    u32 back = at + 1 - seen;
    PACKED[out++] = (u8)back, PACKED[out++] = (u8)(back >> 8), PACKED[out++] = (u8)length;
    done = at + length;
    at = done - 1;
  }
  out = literals(out, done, SIZE);
  for (u32 i = 0; i < 3; i++) PACKED[out++] = 0;
  return out;
}

static u32 decompress(u32 size) {
  u32 out = 0;
  for (u32 at = 0; at < size; at += 3) {
    u32 length = 0, part;
    do length += part = PACKED[at++]; while (part == 255);
    while (length--) UNPACKED[out++] = PACKED[at++];
    u32 back = PACKED[at] | PACKED[at + 1] << 8, end = out + PACKED[at + 2];
    for (; out < end; out++) UNPACKED[out] = UNPACKED[out - back];
  }
  return out;
}

RUN(u32 n) {
  u32 sum = 0;
  for (u32 round = 0; round < n; round++) {
    invent(99 + round);
    u32 packed = compress(), size = decompress(packed), a = 1, b = 0;
    for (u32 i = 0; i < size; i++) a = (a + UNPACKED[i]) % 65521, b = (b + a) % 65521;
    sum = sum * 31 + packed + size + (b << 16 | a);
  }
  return sum;
}
