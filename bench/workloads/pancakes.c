// The most flips of the first pancakes over all permutations of n: short loops of unpredictable length.
#include "guest.h"

static u32 flips(const u32 *order, u32 n) {
  u32 pile[16], count = 0;
  for (u32 i = 0; i < n; i++) pile[i] = order[i];
  for (u32 top = pile[0]; top != 0; top = pile[0], count++)
    for (u32 i = 0, j = top; i < j; i++, j--) {
      u32 swapped = pile[i];
      pile[i] = pile[j];
      pile[j] = swapped;
    }
  return count;
}

RUN(u32 n) {
  u32 order[16], turns[16], most = 0, sum = 0;
  for (u32 i = 0; i < n; i++) order[i] = i, turns[i] = 0;
  for (u32 length = 1;;) {
    u32 count = flips(order, n);
    sum += count * length;
    if (count > most) most = count;
    // Next permutation: rotate a prefix by one; when it has gone round, a longer one.
    for (length = 1; length < n; length++) {
      u32 first = order[0];
      for (u32 i = 0; i < length; i++) order[i] = order[i + 1];
      order[length] = first;
      if (turns[length]++ < length) break;
      turns[length] = 0;
    }
    if (length == n) return sum * 100 + most;
  }
}
