"""Owns texts with gaps: what is known is written, what is not stands as a marked gap for a person to fill. Never a guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_TOKEN = re.compile(r"\{(?P<name>[a-z0-9_]+)\}|\[\[(?P<gap>.+?)\]\]")
_NAME = re.compile(r"\{([a-z0-9_]+)\}")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of text. A gap's `text` says what is missing, without its brackets."""

    text: str
    is_gap: bool = False

    def __str__(self) -> str:
        """Write the piece as it is read on paper: a gap stands in brackets."""
        return f"[{self.text}]" if self.is_gap else self.text


Words = tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact of a packet. `value` is as it is shown; `None` = not known, and `gap` says what to fill in."""

    label: str
    value: str | None
    source: str  # the element, table or file that it comes from
    gap: str = ""

    @property
    def words(self) -> Words:
        """Give the value, or the gap."""
        return said(self.value) if self.value else gap(self.gap or f"{self.label.lower()}: not known; fill in")


def said(text: str) -> Words:
    """Make words of a known text. Control characters, which no paper can hold, are shown as replaced."""
    return (Piece(text="".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)),)


def gap(text: str) -> Words:
    """Make words of one gap."""
    return (Piece(text=text, is_gap=True),)


def fill(template: str, facts: Mapping[str, Fact]) -> Words:
    """Write a template: `{name}` becomes the fact or its gap, `[[words]]` a gap. Raises: KeyError, for a fact that is none."""
    pieces: list[Piece] = []
    end = 0
    for token in _TOKEN.finditer(template):
        pieces.append(Piece(text=template[end : token.start()]))
        name = token["name"]
        pieces += facts[name].words if name else gap(_NAME.sub(lambda found: facts[found[1]].value or "?", token["gap"]))
        end = token.end()
    pieces.append(Piece(text=template[end:]))
    return tuple(piece for piece in pieces if piece.text)


def fact_names(template: str) -> set[str]:
    """Name the facts that a template asks for."""
    return set(_NAME.findall(template))


def plain(words: Words) -> str:
    """Write words as one text, gaps in brackets."""
    return "".join(str(piece) for piece in words)


def gaps_in(many: Iterable[Words]) -> tuple[str, ...]:
    """List the gaps in order, each once."""
    return tuple(dict.fromkeys(piece.text for words in many for piece in words if piece.is_gap))


def day(on: date) -> str:
    """Write a day as payers print it."""
    return f"{on:%m/%d/%Y}"


def dollars(amount: Decimal | float) -> str:
    """Write an amount."""
    return f"${amount:,.2f}"
