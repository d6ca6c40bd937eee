"""Owns the check digit of National Provider Identifiers (45 CFR 162.406; ISO standard Luhn over 80840 and the number)."""

_PREFIX = "80840"
_DIGITS = 10


def is_npi(text: str) -> bool:
    """Tell whether a text is ten digits whose last one is the right check digit."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in reversed(_PREFIX + text)]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_one_slip_away(left: str, right: str) -> bool:
    """Tell whether two numbers of one length differ in one digit, or in two neighbours changed round."""
    if len(left) != len(right):
        return False
    differing = [at for at, (one, other) in enumerate(zip(left, right, strict=True)) if one != other]
    if len(differing) == 2:
        first, second = differing
        return second == first + 1 and left[first] == right[second] and left[second] == right[first]
    return len(differing) == 1
