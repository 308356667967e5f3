"""An invoice as JSON on standard input, written as a text; sums are exact, and tax is rounded once for each rate."""

import json
import sys
from decimal import Decimal

from money import amount, rounded

invoice = json.load(sys.stdin, parse_float=Decimal)
nets = {}
print(f"Invoice {invoice['number']}")
for item in invoice["items"]:
    net = item["price"] * item["count"]
    nets[item["tax"]] = nets.get(item["tax"], Decimal(0)) + net
    print(f"{item['count']:>4} x {item['name']:<20}{amount(rounded(net)):>12}")
total = Decimal(0)
for rate, net in sorted(nets.items()):
    tax = rounded(net * rate / 100)
    total += rounded(net) + tax
    print(f"{f'tax {rate} %':<27}{amount(tax):>12}")
print(f"{'total':<27}{amount(total):>12}")
