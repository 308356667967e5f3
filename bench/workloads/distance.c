// Edit distances of pairs of words of 512 letters: dynamic programming, minima that compile to select.
#include "guest.h"
#define SIZE 512

static u8 LEFT[SIZE], RIGHT[SIZE];
static u32 ROW[SIZE + 1];

static u32 least(u32 a, u32 b) { return a < b ? a : b; }

RUN(u32 n) {
  u32 random = 99, sum = 0;
  for (u32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SIZE; i++) LEFT[i] = (u8)(next_random(&random) >> 30), RIGHT[i] = (u8)(next_random(&random) >> 30);
    for (u32 j = 0; j <= SIZE; j++) ROW[j] = j;
    for (u32 i = 0; i < SIZE; i++) {
      u32 diagonal = ROW[0]++;
      for (u32 j = 0; j < SIZE; j++) {
        u32 changed = diagonal + (LEFT[i] != RIGHT[j]);
        diagonal = ROW[j + 1];
        ROW[j + 1] = least(changed, least(diagonal, ROW[j]) + 1);
      }
    }
    sum = sum * 31 + ROW[SIZE];
  }
  return sum;
}
