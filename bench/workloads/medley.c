// What small processors are compared by, one after the other: a linked list that is searched, turned and sorted, small
// integer matrices, a state machine over text, each folded into a CRC.
#include "guest.h"
#define NODES 64
#define SIZE 12

typedef struct Link {
  struct Link *next;
  u32 key;
} Link;
static Link LINKS[NODES];
static i32 P[SIZE][SIZE], Q[SIZE][SIZE], R[SIZE][SIZE];
static u8 TEXT[512];

CALLED static u16 crc(u32 value, u16 sum) {
  for (u32 bit = 0; bit < 32; bit++, value >>= 1) {
    u32 flip = (value ^ sum) & 1;
    sum = (u16)(sum >> 1 ^ (flip ? 0xa001 : 0));
  }
  return sum;
}

CALLED static i32 by_key(const Link *a, const Link *b) { return (i32)(a->key & 255) - (i32)(b->key & 255); }
CALLED static i32 by_mix(const Link *a, const Link *b) { return (i32)crc(a->key, 1) - (i32)crc(b->key, 1); }
typedef i32 (*Order)(const Link *, const Link *);
static Order volatile ORDERS[2] = {by_key, by_mix};

CALLED static Link *sort(Link *list, Order order) {
  if (list == 0 || list->next == 0) return list;
  Link *middle = list, *end = list->next;
  for (; end && end->next; end = end->next->next) middle = middle->next;
  Link *right = sort(middle->next, order), *sorted = 0, **tail = &sorted;
  middle->next = 0;
  for (Link *left = sort(list, order); left || right; tail = &(*tail)->next) {
    Link **from = right == 0 || (left != 0 && order(left, right) <= 0) ? &left : &right;
    *tail = *from;
    *from = (*from)->next;
  }
  *tail = 0;
  return sorted;
}

static u16 lists(u32 random, u16 sum) {
  for (u32 i = 0; i < NODES; i++) LINKS[i] = (Link){i + 1 < NODES ? &LINKS[i + 1] : 0, next_random(&random) >> 8};
  Link *list = LINKS, *turned = 0;
  for (u32 want = 0; want < 16; want++)
    for (Link *at = list; at != 0; at = at->next)
      if ((at->key & 15) == want) {
        sum = crc(at->key, sum);
        break;
      }
  while (list != 0) {
    Link *next = list->next;
    list->next = turned;
    turned = list;
    list = next;
  }
  for (u32 i = 0; i < 2; i++) {
    turned = sort(turned, ORDERS[i]);
    sum = crc(turned->key, sum);
  }
  return sum;
}

static u16 matrices(i32 seed, u16 sum) {
  for (i32 i = 0; i < SIZE; i++)
    for (i32 j = 0; j < SIZE; j++) P[i][j] = (seed + i * j) % 31, Q[i][j] = (i - j) * 3 + seed % 7;
  for (u32 i = 0; i < SIZE; i++)
    for (u32 j = 0; j < SIZE; j++) {
      R[i][j] = 0;
      for (u32 k = 0; k < SIZE; k++) R[i][j] += P[i][k] * Q[k][j] >> 2 & 0xffff;
      sum = (u16)(sum * 3 + (u32)R[i][j]);
    }
  return sum;
}

enum { START, SIGN, WHOLE, POINT, FRACTION, BAD, STATES };
static u16 numbers(u32 random, u16 sum) {
  static const u8 LETTERS[16] = "0123456789+-.,,x";
  u32 seen[STATES] = {0}, state = START;
  for (u32 i = 0; i < sizeof TEXT; i++) TEXT[i] = LETTERS[next_random(&random) >> 28];
  for (u32 i = 0; i < sizeof TEXT; i++) {
    u8 letter = TEXT[i];
    u32 digit = letter >= '0' && letter <= '9';
    if (letter == ',') seen[state]++, state = START;
    else switch (state) {
      case START: state = digit ? WHOLE : letter == '.' ? POINT : letter == '+' || letter == '-' ? SIGN : BAD; break;
      case SIGN: state = digit ? WHOLE : letter == '.' ? POINT : BAD; break;
      case WHOLE: state = digit ? WHOLE : letter == '.' ? POINT : BAD; break;
      case POINT: case FRACTION: state = digit ? FRACTION : BAD; break;
    }
  }
  for (u32 i = 0; i < STATES; i++) sum = crc(seen[i], sum);
  return sum;
}

RUN(u32 n) {
  u16 sum = 0;
  for (u32 round = 0; round < n; round++) sum = numbers(round, matrices((i32)round, lists(round, sum)));
  return sum;
}
