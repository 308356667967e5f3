// Products of 128 x 128 matrices of floats, four lanes at a time.
#include "guest.h"
#include <wasm_simd128.h>
#define SIZE 128

static f32 A[SIZE][SIZE], B[SIZE][SIZE], C[SIZE][SIZE];

RUN(u32 n) {
  for (u32 i = 0; i < SIZE; i++)
    for (u32 j = 0; j < SIZE; j++) {
      A[i][j] = (i * j % 7) + 0.5f;
      B[i][j] = (i + j) % 5 - 1.25f;
    }
  for (u32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SIZE; i++)
      for (u32 j = 0; j < SIZE; j += 4) {
        v128_t sum = wasm_f32x4_splat(0);
        for (u32 k = 0; k < SIZE; k++)
          sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_f32x4_splat(A[i][k]), wasm_v128_load(&B[k][j])));
        wasm_v128_store(&C[i][j], sum);
      }
    A[round % SIZE][round % SIZE] += C[3][round % SIZE] * 1e-6f;
  }
  f32 trace = 0;
  for (u32 i = 0; i < SIZE; i++) trace += C[i][i * 7 % SIZE];
  return (u32)(i32)(trace * 100);
}
