"""Owns what the codes of an answer mean, in our own short words, from one data file. Nothing is decided by them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, kw_only=True)
class CodeMeanings:
    """The tables of `data/code_meanings.toml`, code to words. A code that is in none is not there."""

    group: Mapping[str, str]
    frequency: Mapping[str, str]
    carc: Mapping[str, str]
    rarc: Mapping[str, str]
    acknowledgment_category: Mapping[str, str]
    acknowledgment_status: Mapping[str, str]
    acknowledgment_entity: Mapping[str, str]


@cache
def code_meanings() -> CodeMeanings:
    """Read the tables."""
    return CodeMeanings(**tomllib.loads(files("claims").joinpath("data/code_meanings.toml").read_text(encoding="utf-8")))


def acknowledgment_words(
    category_codes: Sequence[str | None], status_codes: Sequence[str | None], entity_codes: Sequence[str | None]
) -> list[str]:
    """Say each STC set in words; a code without words stands there as it is. The three sequences stand side by side."""
    known = code_meanings()
    found = []
    for category, status, entity in zip(category_codes, status_codes, entity_codes, strict=True):
        tables = (known.acknowledgment_category, known.acknowledgment_status, known.acknowledgment_entity)
        said = [table.get(code, code) for table, code in zip(tables, (category, status, entity), strict=True) if code]
        found.append(" · ".join(said))
    return found
