// SHA-256 of every piece of 1 KiB of the input, as peers name the pieces of a file that they share. Each invocation
// hashes a piece of its own; the last piece may be shorter.

struct Job { input: u32, output: u32, step: u32, steps: u32, seed: array<vec4<u32>, 2>, parameters: vec4<u32> }

@group(0) @binding(0) var<storage, read> file: array<u32>;
@group(0) @binding(1) var<storage, read_write> digests: array<array<u32, 8>>;
@group(0) @binding(2) var<uniform> job: Job;

const PIECE = 1024u;

const K = array<u32, 64>(
  0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
  0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
  0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
  0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
  0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
  0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
  0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
  0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u,
);

fn rotated(word: u32, bits: u32) -> u32 {
  return (word >> bits) | (word << (32u - bits));
}

// The bytes of a word the other way round: SHA-256 is big-endian, the words of buffers are little-endian.
fn swapped(word: u32) -> u32 {
  return (rotated(word, 8u) & 0xff00ff00u) | (rotated(word, 24u) & 0x00ff00ffu);
}

// The big-endian word at a byte of a padded piece: its bytes, then 0x80, zeros, and its length in bits.
fn paddedWord(start: u32, bytes: u32, blocks: u32, at: u32) -> u32 {
  if (at == blocks * 64u - 4u) {
    return bytes * 8u;
  }
  if (at >= bytes + 1u) {
    return 0u;
  }
  let whole = select(swapped(file[(start + at) / 4u]), 0u, at >= bytes);
  let left = select(bytes - at, 0u, at >= bytes);
  if (left >= 4u) {
    return whole;
  }
  let mark = 0x80000000u >> (8u * left);
  return (whole & ~(2u * mark - 1u)) | mark;
}

@compute @workgroup_size(64)
fn pieces(@builtin(global_invocation_id) id: vec3<u32>) {
  let start = id.x * PIECE;
  if (start >= job.input) {
    return;
  }
  let bytes = min(PIECE, job.input - start);
  let blocks = (bytes + 72u) / 64u;
  var hash = array<u32, 8>(
    0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
  );
  for (var block = 0u; block < blocks; block++) {
    var w: array<u32, 64>;
    for (var t = 0u; t < 16u; t++) {
      w[t] = paddedWord(start, bytes, blocks, block * 64u + t * 4u);
    }
    for (var t = 16u; t < 64u; t++) {
      let s0 = rotated(w[t - 15u], 7u) ^ rotated(w[t - 15u], 18u) ^ (w[t - 15u] >> 3u);
      let s1 = rotated(w[t - 2u], 17u) ^ rotated(w[t - 2u], 19u) ^ (w[t - 2u] >> 10u);
      w[t] = w[t - 16u] + s0 + w[t - 7u] + s1;
    }
    var h = hash;
    for (var t = 0u; t < 64u; t++) {
      let s1 = rotated(h[4], 6u) ^ rotated(h[4], 11u) ^ rotated(h[4], 25u);
      let choice = (h[4] & h[5]) ^ (~h[4] & h[6]);
      let first = h[7] + s1 + choice + K[t] + w[t];
      let s0 = rotated(h[0], 2u) ^ rotated(h[0], 13u) ^ rotated(h[0], 22u);
      let majority = (h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]);
      h = array<u32, 8>(first + s0 + majority, h[0], h[1], h[2], h[3] + first, h[4], h[5], h[6]);
    }
    for (var at = 0u; at < 8u; at++) {
      hash[at] += h[at];
    }
  }
  for (var at = 0u; at < 8u; at++) {
    digests[id.x][at] = swapped(hash[at]);
  }
}
