"""Owns which fields of a claim and of its answer a column of an export may go to, and how each kind of cell is read."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files

from claims.imports.cells import UnfitCell, one_of, read_money, read_npi, read_number

CLAIM, LINE, ANSWER, ADJUSTMENT = "claim", "line", "answer", "adjustment"
SECTIONS = (CLAIM, LINE, ANSWER, ADJUSTMENT)
ISO_DATE = "%Y-%m-%d"
LONGEST_TEXT = 80
_MONEY = re.compile(r"\$?\s?(\d{1,3}(,\d{3})+|\d+)(\.\d{1,2})?")
_CARC = re.compile(r"(?:(CO|PR|OA|PI)[-\s:]?)?([A-Z]?\d{1,3})")
_DIAGNOSIS = re.compile(r"[A-Z0-9]{3,7}")
_SEXES = {"f": "F", "female": "F", "m": "M", "male": "M", "u": "U", "unknown": "U", "o": "U", "other": "U"}
_SEQUENCES = {"p": "P", "primary": "P", "1": "P", "s": "S", "secondary": "S", "2": "S", "t": "T", "tertiary": "T", "3": "T"}
_CLAIM_TYPES = {"837p": "837P", "professional": "837P", "p": "837P", "cms1500": "837P", "cms-1500": "837P", "hcfa": "837P",
                "837i": "837I", "institutional": "837I", "i": "837I", "ub04": "837I", "ub-04": "837I", "ub": "837I"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: `section` and `name` as in a mapping file; `shape` names what its values look like, where that tells."""

    section: str
    name: str
    read: str
    headers: tuple[str, ...]
    shape: str | None
    is_many: bool  # several columns, or several values in one
    is_personal: bool

    @property
    def place(self) -> str:
        """Name it as a mapping file does: `claim.payer_id`."""
        return f"{self.section}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What an adjustment's code says: its number, and its group where the export writes both in one (`CO-45`)."""

    carc: str
    group_code: str | None


@cache
def export_fields() -> Mapping[tuple[str, str], Field]:
    """Read the fields, by section and name, in the order of their file."""
    data = tomllib.loads(files("claims").joinpath("imports/mapping/data/fields.toml").read_text(encoding="utf-8"))
    return {
        (section, name): Field(
            section=section,
            name=name,
            read=entry["read"],
            headers=tuple(entry["headers"]),
            shape=entry.get("shape"),
            is_many=entry.get("many", False),
            is_personal=entry.get("personal", False),
        )
        for section in SECTIONS
        for name, entry in data[section].items()
    }


@lru_cache(maxsize=16384)
def read_day(text: str, form: str) -> date:
    """Read a day as `form` (strftime) writes it. Raises: UnfitCell."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  a calendar day
    except ValueError:
        raise UnfitCell(f"a date as {form}", text) from None


def read_dollars(text: str) -> Decimal:
    """Read dollars as exports write them: `1,234.50`, `$90`; a comma that stands for the point is refused. Raises: UnfitCell."""
    if not _MONEY.fullmatch(text):
        raise UnfitCell("an amount of 0 or more as 1234.50 or $1,234.50", text)
    return read_money(text.lstrip("$ ").replace(",", ""))


def _read_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise UnfitCell(f"at most {LONGEST_TEXT} characters", text)
    return text


def _read_reason(text: str) -> Reason:
    found = _CARC.fullmatch(text.upper())
    if found is None:
        raise UnfitCell("an adjustment reason as 45, CO45 or CO-45", text)
    number = found[2]
    return Reason(carc=number.lstrip("0") if number.isdigit() else number, group_code=found[1])


def _read_diagnosis(text: str) -> str:
    code = text.upper().replace(".", "")
    if not _DIAGNOSIS.fullmatch(code):
        raise UnfitCell("a diagnosis code", text)
    return code


def _read_pointer(text: str) -> int:
    if len(text) == 1 and text.upper() in "ABCDEFGHIJKL":
        return ord(text.upper()) - ord("A") + 1
    if text.isdigit() and 1 <= int(text) <= 12:
        return int(text)
    raise UnfitCell("a diagnosis pointer, 1 to 12 or A to L", text)


def _read_place_of_service(text: str) -> str:
    if not text.isdigit() or len(text) > 2:
        raise UnfitCell("a place of service of two digits", text)
    return text.zfill(2)


def _read_group_code(text: str) -> str:
    return str(one_of("co", "pr", "oa", "pi")(text)).upper()


def _among(words: Mapping[str, str]) -> Callable[[str], str]:
    read = one_of(*words)
    return lambda text: words[str(read(text))]


def _read_npi(text: str) -> str:
    return read_npi(text.removesuffix(".0"))  # a number that a spreadsheet wrote


READERS: Mapping[str, Callable[[str], object]] = {
    "text": _read_text,
    "money": read_dollars,
    "number": read_number,
    "npi": _read_npi,
    "diagnosis": _read_diagnosis,
    "pointer": _read_pointer,
    "place_of_service": _read_place_of_service,
    "carc": _read_reason,
    "group_code": _read_group_code,
    "sex": _among(_SEXES),
    "payer_sequence": _among(_SEQUENCES),
    "claim_type": _among(_CLAIM_TYPES),
}
