// Counts the ways to set n queens on a board: recursion with a loop in each frame.
#include "guest.h"

CALLED static u32 place(u32 full, u32 columns, u32 left, u32 right) {
  if (columns == full) return 1;
  u32 count = 0;
  for (u32 free = full & ~(columns | left | right); free != 0; free &= free - 1) {
    u32 bit = free & -free;
    count += place(full, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

RUN(u32 n) { return place((1u << n) - 1, 0, 0, 0); }
