// Sorts 100,000 random integers: unpredictable branches in tight loops, some recursion.
#include "guest.h"
#define COUNT 100000

static i32 VALUES[COUNT];

CALLED static void sort(i32 *values, i32 low, i32 high) {
  while (low < high) {
    i32 pivot = values[(low + high) >> 1], i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      i32 swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    // The smaller side by recursion, so that the depth stays logarithmic.
    if (j - low < high - i) {
      if (low < j) sort(values, low, j);
      low = i;
    } else {
      if (i < high) sort(values, i, high);
      high = j;
    }
  }
}

RUN(u32 n) {
  u32 sum = 0;
  for (u32 round = 0; round < n; round++) {
    u32 random = 12345 + round;
    for (u32 i = 0; i < COUNT; i++) VALUES[i] = (i32)(next_random(&random) >> 4);
    sort(VALUES, 0, COUNT - 1);
    sum = sum * 31 + (u32)VALUES[777] + (u32)VALUES[COUNT - 1];
  }
  return sum;
}
