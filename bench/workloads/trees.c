// Builds binary trees from a pool and visits them through function pointers: recursion and indirect calls.
#include "guest.h"

typedef struct Node {
  struct Node *left, *right;
  u32 value;
} Node;
typedef u32 (*Visitor)(u32);
static Node POOL[1 << 17];
static u32 used;

CALLED static Node *grow(u32 depth, u32 value) {
  Node *node = &POOL[used++];
  node->value = value;
  node->left = depth == 0 ? 0 : grow(depth - 1, value * 2);
  node->right = depth == 0 ? 0 : grow(depth - 1, value * 2 + 1);
  return node;
}

static u32 triple(u32 x) { return x * 3 + 1; }
static u32 fold(u32 x) { return x ^ x >> 3; }
static u32 spread(u32 x) { return x + (x << 5); }
static u32 invert(u32 x) { return ~x; }
// Volatile: the compiler must not see which function it is.
static Visitor volatile VISITORS[4] = {triple, fold, spread, invert};

CALLED static u32 visit(const Node *node) {
  if (node == 0) return 0;
  return VISITORS[node->value & 3](node->value) + visit(node->left) * 7 + visit(node->right) * 13;
}

RUN(u32 n) {
  u32 sum = 0;
  for (u32 round = 0; round < n; round++) {
    used = 0;
    sum = sum * 31 + visit(grow(16 - 1, round + 1));
  }
  return sum;
}
