// The CRC-32 of bytes, as zip, gzip and PNG use it: eight hexadecimal digits.
#include <lockstep.h>

static uint32_t table[256];

static void fill(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; bit++) rest = rest & 1 ? rest >> 1 ^ 0xedb88320u : rest >> 1;
    table[byte] = rest;
  }
}

LOCKSTEP_ENTRY(crc32)(const uint8_t *input, size_t length) {
  static char digits[9];
  uint32_t sum = 0xffffffffu;
  fill();
  for (size_t at = 0; at < length; at++) sum = sum >> 8 ^ table[(sum ^ input[at]) & 0xff];
  for (int at = 0; at < 8; at++) digits[at] = "0123456789abcdef"[~sum >> (28 - 4 * at) & 0xf];
  digits[8] = '\n';
  return lockstep_output(digits, sizeof digits);
}
