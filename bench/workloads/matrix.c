// Products of 128 x 128 matrices of doubles: a tight loop of loads, multiplications and additions.
#include "guest.h"
#define SIZE 128

static f64 A[SIZE][SIZE], B[SIZE][SIZE], C[SIZE][SIZE];

RUN(u32 n) {
  for (u32 i = 0; i < SIZE; i++)
    for (u32 j = 0; j < SIZE; j++) {
      A[i][j] = (i * j % 7) + 0.5;
      B[i][j] = (i + j) % 5 - 1.25;
    }
  for (u32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SIZE; i++)
      for (u32 j = 0; j < SIZE; j++) {
        f64 sum = 0;
        for (u32 k = 0; k < SIZE; k++) sum += A[i][k] * B[k][j];
        C[i][j] = sum;
      }
    A[round % SIZE][round % SIZE] += C[3][round % SIZE] * 1e-9;
  }
  f64 trace = 0;
  for (u32 i = 0; i < SIZE; i++) trace += C[i][i * 7 % SIZE];
  return (u32)(i32)(trace * 1000);
}
