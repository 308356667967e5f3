"""Money in decimals with two places."""

from decimal import ROUND_HALF_EVEN, Decimal


def rounded(value):
    """To cents, ties to the even one."""
    return Decimal(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def amount(value):
    """With commas between thousands."""
    return f"{value:,}"
