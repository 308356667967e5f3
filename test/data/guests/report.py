# Things whose values are known elsewhere: in standards, in reference works, in the interpreter's own documentation.
import hashlib
import itertools
import json
import random
import re
import unicodedata
import zlib
from decimal import Decimal, getcontext
from fractions import Fraction


def queens(n):
    rows = itertools.permutations(range(n))
    return sum(len({r + i for i, r in enumerate(p)}) == n == len({r - i for i, r in enumerate(p)}) for p in rows)


def pi(digits):
    # Machin's formula in integers.
    one = 10 ** (digits + 10)

    def arctan(x):
        term = total = one // x
        for k in itertools.count(3, 2):
            term //= -x * x
            if term in (0, -1):
                return total
            total += term // k

    return str(4 * (4 * arctan(5) - arctan(239)))[: digits + 1]


getcontext().prec = 30
text = b"the same on every machine " * 400
print(hashlib.sha256(b"abc").hexdigest())
print(f"{zlib.crc32(b'123456789'):08x}", zlib.decompress(zlib.compress(text, 9)) == text)
print("queens", [queens(n) for n in range(1, 7)])
print("pi", pi(60))
print("sqrt", Decimal(2).sqrt(), sum(Fraction(1, n) for n in range(1, 11)))
print("random", random.Random(42).random(), 0.1 + 0.2)
print(unicodedata.normalize("NFC", "e\u0301") == "é", re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"))
print(json.dumps({"b": [1, 2.5, None], "a": "ż"}, sort_keys=True))
try:
    {}["missing"]
except KeyError as error:
    print("KeyError", error)
