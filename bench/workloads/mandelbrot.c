// The Mandelbrot set at n x n points: doubles that never leave registers.
#include "guest.h"

RUN(u32 n) {
  u32 sum = 0;
  for (u32 y = 0; y < n; y++)
    for (u32 x = 0; x < n; x++) {
      f64 re = 2.0 * x / n - 1.5, im = 2.0 * y / n - 1.0, a = 0, b = 0;
      u32 count = 0;
      for (; count < 50; count++) {
        f64 aa = a * a, bb = b * b;
        if (aa + bb > 4.0) break;
        b = 2 * a * b + im;
        a = aa - bb + re;
      }
      sum = sum * 31 + count;
    }
  return sum;
}
