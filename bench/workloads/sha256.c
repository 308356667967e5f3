// SHA-256 over 64 KiB, again and again: straight integer code with two short loops.
#include "guest.h"

// FIPS 180-4, 4.2.2.
static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static u32 STATE[8];
static u8 DATA[65536];

static u32 rotate(u32 x, u32 by) { return x >> by | x << (32 - by); }

static void block(const u8 *bytes) {
  u32 w[64];
  for (u32 i = 0; i < 16; i++)
    w[i] = (u32)bytes[4 * i] << 24 | (u32)bytes[4 * i + 1] << 16 | (u32)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
  for (u32 i = 16; i < 64; i++) {
    u32 x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
  }
  u32 s[8];
  for (u32 i = 0; i < 8; i++) s[i] = STATE[i];
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 64; i++) {
    u32 e = s[4], a = s[0];
    u32 t = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    u32 m = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = e, s[4] = s[3] + t;
    s[3] = s[2], s[2] = s[1], s[1] = a, s[0] = t + m;
  }
  for (u32 i = 0; i < 8; i++) STATE[i] += s[i];
}

RUN(u32 n) {
  for (u32 i = 0; i < sizeof DATA; i++) DATA[i] = (u8)(i * 31 + 7);
  for (u32 i = 0; i < 8; i++) STATE[i] = K[i];
  for (u32 k = 0; k < n; k++)
    for (u32 at = 0; at < sizeof DATA; at += 64) block(DATA + at);
  return STATE[0];
}
