// A guest of the ABI bytes/1 for a compiler that is a guest itself: the CRC-32 of its input, in hexadecimal.
static unsigned char heap[4096];
static char text[8];

void *alloc(int size) { return size <= (int)sizeof heap ? heap : 0; }

unsigned long long run(const unsigned char *from, int size) {
  unsigned crc = 0xffffffffu;
  for (int at = 0; at < size; at++) {
    crc ^= from[at];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  crc = ~crc;
  for (int digit = 0; digit < 8; digit++) text[digit] = "0123456789abcdef"[crc >> (28 - 4 * digit) & 15];
  return (unsigned long long)(unsigned long)text << 32 | sizeof text;
}
