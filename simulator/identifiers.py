"""Owns made-up identifiers that pass the checks of the real ones: NPIs (Luhn), payer ids, member ids, names."""

from collections.abc import Callable
from random import Random

_STARTS = (
    "Ba",
    "Cor",
    "Del",
    "Fen",
    "Gar",
    "Hol",
    "Jor",
    "Kel",
    "Lan",
    "Mor",
    "Nar",
    "Or",
    "Pel",
    "Ros",
    "San",
    "Tor",
    "Ul",
    "Ver",
    "Wen",
    "Zar",
)
_MIDDLES = ("a", "den", "e", "i", "lan", "mi", "o", "ra", "ren", "ti", "vo", "wi")
_ENDS = ("bek", "dan", "field", "gard", "hart", "kin", "lund", "man", "nor", "rick", "son", "ton", "vale", "win", "ya")
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def npi(random: Random) -> str:
    """Make a National Provider Identifier whose check digit is right (Luhn over 80840 and nine digits)."""
    digits = str(random.randrange(100_000_000, 200_000_000))
    total = 24  # what the constant prefix 80840 adds
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def fill(pattern: str, random: Random) -> str:
    """Fill a pattern: `9` any digit, `1` a digit from 1, `A` a letter, `M` a letter legal in an MBI, else as it stands."""
    return "".join(_FILLERS[mark](random) if mark in _FILLERS else mark for mark in pattern)


_FILLERS: dict[str, Callable[[Random], str]] = {
    "9": lambda random: str(random.randrange(10)),
    "1": lambda random: str(random.randrange(1, 10)),
    "A": lambda random: random.choice(_LETTERS),
    "M": lambda random: random.choice(_MBI_LETTERS),
}


def fits(pattern: str, text: str) -> bool:
    """Tell whether an id has the payer's shape."""
    if len(pattern) != len(text):
        return False
    for mark, character in zip(pattern, text, strict=True):
        if mark in "91":
            if not character.isdigit():
                return False
        elif mark in "AM":
            if not character.isalpha():
                return False
        elif mark != character:
            return False
    return True


def word(random: Random) -> str:
    """Make a name-like word of two or three syllables."""
    middle = random.choice(_MIDDLES) if random.random() < 0.6 else ""
    return random.choice(_STARTS) + middle + random.choice(_ENDS)


def given_name(random: Random) -> str:
    """Make a first-name-like word."""
    return random.choice(_STARTS) + random.choice(_MIDDLES)
