"""Owns what the values of a column look like: NPIs by their check digit, codes by their form, days by their format, dollars.

Says so of all values together and shows none of them: an example is the shape of one, letters as A and digits as 9.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from claims.imports.cells import UnfitCell
from claims.imports.mapping.fields import read_dollars
from claims.npi import is_npi

MOST_ALIKE = 0.95  # share of a column's values that must fit, so that a typing error hides no column
LONGEST_EXAMPLE = 24
DATE_FORMATS = (
    "%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%m/%d/%y", "%m-%d-%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%d-%b-%Y", "%b %d, %Y", "%d/%m/%Y",
)  # fmt: skip
_STATES = re.compile(
    "A[KLRZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]",
    re.IGNORECASE,
)
_FORMS: Mapping[str, re.Pattern[str]] = {
    "diagnosis": re.compile(r"[A-TV-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?", re.IGNORECASE),
    "procedure": re.compile(r"\d{5}|\d{4}[FTUM]|[A-V]\d{4}", re.IGNORECASE),
    "carc": re.compile(r"((CO|PR|OA|PI)[-\s:]?)?[A-Z]?\d{1,3}", re.IGNORECASE),
    "reason": re.compile(r"(CO|PR|OA|PI)[-\s:]?[A-Z]?\d{1,3}", re.IGNORECASE),  # a CARC that can be nothing else
    "remark": re.compile(r"(MA|M|N)\d{1,3}", re.IGNORECASE),
    "modifier": re.compile(r"[A-Z0-9]{2}", re.IGNORECASE),
    "place_of_service": re.compile(r"\d{1,2}"),
    "group_code": re.compile(r"CO|PR|OA|PI", re.IGNORECASE),
    "taxonomy": re.compile(r"\d{3}[A-Z0-9]{6}X", re.IGNORECASE),
    "revenue_code": re.compile(r"\d{3,4}"),
    "state": _STATES,
    "sex": re.compile(r"f|m|u|o|female|male|unknown|other", re.IGNORECASE),
}
_LISTED = frozenset({"diagnosis", "modifier", "remark", "carc"})
_SEPARATOR = re.compile(r"[;,|\s]+")


@dataclass(frozen=True, kw_only=True)
class ColumnShape:
    """What the values of one column look like."""

    filled: int
    distinct: int
    forms: frozenset[str]  # of `_FORMS` and `_TESTS`
    date_format: str | None
    is_ambiguous: bool  # days could stand before months as well
    example: str


def describe_column(values: Sequence[str]) -> ColumnShape:
    """Describe a column by its values, blanks stripped."""
    filled = [value for value in values if value]
    found = {name for name, form in _FORMS.items() if _most(filled, _matcher(name, form))}
    found |= {name for name, fits in _TESTS.items() if _most(filled, fits)}
    formats = [form for form in DATE_FORMATS if _most(filled, partial(_is_date, form=form))]
    return ColumnShape(
        filled=len(filled),
        distinct=len(set(filled)),
        forms=frozenset(found),
        date_format=formats[0] if formats else None,
        is_ambiguous="%m/%d/%Y" in formats and "%d/%m/%Y" in formats,
        example=mask(filled[0]) if filled else "",
    )


def mask(text: str) -> str:
    """Show the shape of a value and nothing of its content: `AA-999`."""
    shown = "".join("A" if c.isalpha() else "9" if c.isdigit() else c for c in text[:LONGEST_EXAMPLE])
    return shown + ("..." if len(text) > LONGEST_EXAMPLE else "")


def _most(values: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return bool(values) and sum(map(fits, values)) >= MOST_ALIKE * len(values)


def _matcher(name: str, form: re.Pattern[str]) -> Callable[[str], bool]:
    if name not in _LISTED:
        return lambda value: form.fullmatch(value) is not None
    return lambda value: all(form.fullmatch(part) for part in _SEPARATOR.split(value) if part)


def _is_date(value: str, *, form: str) -> bool:
    try:
        return 1900 <= datetime.strptime(value, form).year <= 2100  # noqa: DTZ007  a calendar day
    except ValueError:
        return False


def _is_money(value: str) -> bool:
    try:
        read_dollars(value.strip("()").replace("-", ""))
    except UnfitCell:
        return False
    return True


def _is_number(value: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", value) is not None


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "npi": is_npi,
    "money": _is_money,
    "number": _is_number,
    "negative": lambda value: value.startswith(("-", "(")) or value.strip("$0. ") == "",
}
