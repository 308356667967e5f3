// Nothing but calls: the worst case for anything that a call or a function entry costs.
#include "guest.h"

CALLED static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

RUN(u32 n) { return fibonacci(n); }
