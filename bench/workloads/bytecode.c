// An interpreter for a register machine, running a sieve and a walk of the Collatz sequence: one big switch.
#include "guest.h"

enum { LOAD_NUMBER, MOVE, ADD, ADD_NUMBER, SUBTRACT, MULTIPLY, AND, SHIFT_RIGHT, SHIFT_LEFT, XOR, LOAD, STORE, LESS, EQUAL, NOT_ZERO, JUMP, STOP };
typedef struct {
  u8 code, a, b, c;
  i32 number;
} Instruction;

static i32 MEMORY[65536];
static const Instruction PROGRAM[] = {
    {LOAD_NUMBER, 0, 0, 0, 0}, {LOAD_NUMBER, 1, 0, 0, 20000}, {LOAD_NUMBER, 9, 0, 0, 1},
    /*3: clear*/ {STORE, 0, 0, 9, 0}, {ADD_NUMBER, 0, 0, 0, 1}, {LESS, 0, 1, 0, 3}, {LOAD_NUMBER, 0, 0, 0, 2},
    /*7: next number*/ {LOAD, 2, 0, 0, 0}, {EQUAL, 2, 15, 0, 14}, {ADD, 3, 0, 0, 0},
    /*10: strike multiples*/ {LESS, 1, 3, 0, 14}, {STORE, 15, 3, 15, 0}, {ADD, 3, 3, 0, 0}, {JUMP, 0, 0, 0, 10},
    /*14*/ {ADD_NUMBER, 0, 0, 0, 1}, {MULTIPLY, 4, 0, 0, 0}, {LESS, 0, 1, 0, 7},
    /*17: Collatz*/ {LOAD_NUMBER, 5, 0, 0, 1}, {LOAD_NUMBER, 8, 0, 0, 0}, {MOVE, 6, 5, 0, 0},
    /*20: step*/ {AND, 7, 6, 9, 0}, {NOT_ZERO, 7, 0, 0, 24}, {SHIFT_RIGHT, 6, 6, 0, 1}, {JUMP, 0, 0, 0, 27},
    /*24: odd*/ {ADD, 7, 6, 6, 0}, {ADD, 6, 6, 7, 0}, {ADD_NUMBER, 6, 6, 0, 1},
    /*27*/ {ADD_NUMBER, 8, 8, 0, 1}, {LESS, 9, 6, 0, 20}, {XOR, 10, 10, 8, 0}, {SHIFT_LEFT, 11, 10, 0, 1},
    {ADD, 10, 10, 11, 0}, {ADD_NUMBER, 5, 5, 0, 1}, {LOAD_NUMBER, 12, 0, 0, 3000}, {LESS, 5, 12, 0, 19}, {STOP, 10, 0, 0, 0}};

CALLED static i32 interpret(i32 *r) {
  for (const Instruction *next = PROGRAM;;) {
    Instruction in = *next++;
    switch (in.code) {
      case LOAD_NUMBER: r[in.a] = in.number; break;
      case MOVE: r[in.a] = r[in.b]; break;
      case ADD: r[in.a] = (i32)((u32)r[in.b] + (u32)r[in.c]); break;
      case ADD_NUMBER: r[in.a] = (i32)((u32)r[in.b] + (u32)in.number); break;
      case SUBTRACT: r[in.a] = r[in.b] - r[in.c]; break;
      case MULTIPLY: r[in.a] = (i32)((u32)r[in.b] * (u32)r[in.c]); break;
      case AND: r[in.a] = r[in.b] & r[in.c]; break;
      case SHIFT_RIGHT: r[in.a] = (i32)((u32)r[in.b] >> in.number); break;
      case SHIFT_LEFT: r[in.a] = (i32)((u32)r[in.b] << in.number); break;
      case XOR: r[in.a] = r[in.b] ^ r[in.c]; break;
      case LOAD: r[in.a] = MEMORY[(r[in.b] + in.number) & 65535]; break;
      case STORE: MEMORY[(r[in.b] + in.number) & 65535] = r[in.c]; break;
      case LESS: if (r[in.a] < r[in.b]) next = PROGRAM + in.number; break;
      case EQUAL: if (r[in.a] == r[in.b]) next = PROGRAM + in.number; break;
      case NOT_ZERO: if (r[in.a]) next = PROGRAM + in.number; break;
      case JUMP: next = PROGRAM + in.number; break;
      case STOP: return r[in.a];
      default: __builtin_unreachable();
    }
  }
}

RUN(u32 n) {
  i32 registers[16];
  u32 sum = 0;
  for (u32 round = 0; round < n; round++) {
    for (u32 i = 0; i < 16; i++) registers[i] = 0;
    sum = sum * 31 + (u32)interpret(registers);
  }
  return sum;
}
