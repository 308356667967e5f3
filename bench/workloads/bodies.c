// Five bodies that attract each other: doubles kept in memory, so every result may be seen as bits: the worst case
// for canonical NaNs.
#include "guest.h"
#define BODIES 5

typedef struct {
  f64 x, y, z, vx, vy, vz, mass;
} Body;
static Body BODY[BODIES];

static void pull(Body *a, Body *b, f64 step) {
  f64 dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
  f64 square = dx * dx + dy * dy + dz * dz;
  f64 by = step / (square * __builtin_sqrt(square));
  a->vx -= dx * b->mass * by, a->vy -= dy * b->mass * by, a->vz -= dz * b->mass * by;
  b->vx += dx * a->mass * by, b->vy += dy * a->mass * by, b->vz += dz * a->mass * by;
}

static void advance(f64 step) {
  for (u32 i = 0; i < BODIES; i++)
    for (u32 j = i + 1; j < BODIES; j++) pull(&BODY[i], &BODY[j], step);
  for (u32 i = 0; i < BODIES; i++) {
    BODY[i].x += step * BODY[i].vx;
    BODY[i].y += step * BODY[i].vy;
    BODY[i].z += step * BODY[i].vz;
  }
}

RUN(u32 n) {
  for (u32 i = 0; i < BODIES; i++) {
    f64 far = 1.0 + 4.5 * i;
    BODY[i] = (Body){i == 0 ? 0 : far, i % 2 * 1.5, i % 3 * 0.25, 0, i == 0 ? 0 : 6.0 / far, 0.1 * i, i == 0 ? 39.5 : 0.04 / i};
  }
  for (u32 i = 0; i < n; i++) advance(0.001);
  f64 energy = 0;
  for (u32 i = 0; i < BODIES; i++)
    energy += BODY[i].mass * (BODY[i].vx * BODY[i].vx + BODY[i].vy * BODY[i].vy + BODY[i].vz * BODY[i].vz);
  return (u32)(i32)(energy * 1e5);
}
