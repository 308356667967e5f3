// Reads numbers, one a line, and writes for each how many primes lie below it, counted by four threads.
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS 4
#define MOST 10000000

static uint64_t limit;

static int is_prime(uint64_t n) {
  if (n < 2) return 0;
  for (uint64_t factor = 2; factor * factor <= n; factor++)
    if (n % factor == 0) return 0;
  return 1;
}

// Counts every fourth number, beginning with its own.
static void *count(void *first) {
  uintptr_t found = 0;
  for (uint64_t n = (uintptr_t)first; n < limit; n += THREADS) found += is_prime(n);
  return (void *)found;
}

int main(void) {
  while (scanf("%" SCNu64, &limit) == 1) {
    if (limit > MOST) {
      fprintf(stderr, "%" PRIu64 " is more than %d\n", limit, MOST);
      return 1;
    }
    pthread_t threads[THREADS];
    uint64_t sum = 0;
    for (uintptr_t at = 0; at < THREADS; at++)
      if (pthread_create(&threads[at], NULL, count, (void *)at) != 0) return 2;
    for (int at = 0; at < THREADS; at++) {
      void *found;
      pthread_join(threads[at], &found);
      sum += (uintptr_t)found;
    }
    printf("%" PRIu64 "\n", sum);
  }
  return 0;
}
