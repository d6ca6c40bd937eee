"""Owns the mapping file: which column of an export is which field of our records. Unknown keys and fields are refused by name."""

import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from claims.errors import ClaimsError
from claims.imports.mapping.fields import ADJUSTMENT, ANSWER, CLAIM, ISO_DATE, LINE, export_fields
from claims.imports.mapping.sources import Condition, Source

PER_LINE, PER_CLAIM = "line", "claim"
_TOP = {"name", "description", "date_format", "claim", "line", "answer", "adjustment"}
_SOURCE_KEYS = {
    "column", "columns", "constant", "rest", "codes", "otherwise", "date_format", "plus_days", "minus_days", "negative",
}  # fmt: skip
_NEEDED = {CLAIM: ("patient_control_number", "payer_id", "submitted_on"), ANSWER: ("paid_on", "paid_amount")}
_T = TypeVar("_T")
Sources = Table[str, Source]


class MappingError(ClaimsError):
    """A mapping file says something that cannot be followed."""

    def __init__(self, file: str, key: str, *, expected: str, got: str) -> None:
        super().__init__(f"{file}, {key}: expected {expected}, got {got}")
        self.file, self.key = file, key


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What an export's columns mean. A row may say what was sent (`claim`), what the payer answered (`answer`), or both."""

    name: str
    date_format: str
    claim: Sources | None
    lines: tuple[Sources, ...]  # one per service line that a row holds
    answer: Sources | None
    adjustments: tuple[Sources, ...]
    answer_per: str  # what the amounts of a row's answer are about: PER_LINE or PER_CLAIM
    claim_only_where: Condition | None = None
    answer_only_where: Condition | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Name every column that is read; an export that has them all is of this kind."""
        sections = (self.claim or {}, *self.lines, self.answer or {}, *self.adjustments)
        found = [column for section in sections for source in section.values() for column in source.used_columns]
        found += [condition.column for condition in (self.claim_only_where, self.answer_only_where) if condition]
        return tuple(dict.fromkeys(found))


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises: MappingError, naming the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(path.name, "file", expected="a readable TOML file", got=type(error).__name__) from None
    return parse_mapping(text, file=path.name)


def parse_mapping(text: str, *, file: str) -> Mapping:
    """Parse a mapping file's text. Raises: MappingError, naming the key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(file, "file", expected="TOML", got=str(error)) from None
    _refuse_unknown(file, "file", data, _TOP)
    parser = _Parser(file)
    claim, claim_where = parser.section(CLAIM, data.get("claim"))
    answer_table = dict(_typed(file, ANSWER, data["answer"], dict)) if "answer" in data else None
    per = answer_table.pop("per", None) if answer_table else None
    answer, answer_where = parser.section(ANSWER, answer_table)
    lines = parser.blocks(LINE, data.get("line", []))
    mapping = Mapping(
        name=_name(file, data),
        date_format=_typed(file, "date_format", data.get("date_format", ISO_DATE), str),
        claim=claim,
        lines=lines,
        answer=_completed(answer, claim),
        adjustments=parser.blocks(ADJUSTMENT, data.get("adjustment", [])),
        answer_per=_per(file, per, len(lines)),
        claim_only_where=claim_where,
        answer_only_where=answer_where,
    )
    _refuse_incomplete(file, mapping)
    return mapping


class _Parser:
    def __init__(self, file: str) -> None:
        self._file = file

    def section(self, section: str, table: object) -> tuple[Sources | None, Condition | None]:
        if table is None:
            return None, None
        entries = dict(_typed(self._file, section, table, dict))
        where = entries.pop("only_where", None)
        condition = None if where is None else self._condition(f"{section}.only_where", where)
        return self._sources(section, section, entries), condition

    def blocks(self, section: str, tables: object) -> tuple[Sources, ...]:
        found = _typed(self._file, section, tables, list)
        return tuple(
            self._sources(section, f"{section} {number}", _typed(self._file, f"{section} {number}", table, dict))
            for number, table in enumerate(found, start=1)
        )

    def _sources(self, section: str, place: str, entries: Table[str, object]) -> Sources:
        known = {name for of_section, name in export_fields() if of_section == section}
        _refuse_unknown(self._file, place, entries, known)
        return {name: self._source(f"{place}.{name}", entry) for name, entry in entries.items()}

    def _source(self, place: str, entry: object) -> Source:
        if isinstance(entry, str):
            return Source(columns=(entry,))
        table = _typed(self._file, place, entry, dict)
        _refuse_unknown(self._file, place, table, _SOURCE_KEYS)
        origins = [key for key in ("column", "columns", "constant", "rest") if key in table]
        if len(origins) != 1:
            got = ", ".join(origins) or "none"
            raise MappingError(self._file, place, expected="one of column, columns, constant, rest", got=got)
        if {"plus_days", "minus_days"} <= table.keys():
            raise MappingError(self._file, place, expected="plus_days or minus_days", got="both")
        return Source(
            columns=self._columns(place, table),
            constant=self._text(place, table, "constant"),
            is_rest=bool(self._get(place, table, "rest", bool)),
            codes=self._codes(f"{place}.codes", table.get("codes")),
            otherwise=self._text(place, table, "otherwise"),
            date_format=self._text(place, table, "date_format"),
            days=self._days(place, table),
            is_backwards="minus_days" in table,
            is_negative=bool(self._get(place, table, "negative", bool)),
        )

    def _columns(self, place: str, table: Table[str, object]) -> tuple[str, ...]:
        if "column" in table:
            return (_typed(self._file, f"{place}.column", table["column"], str),)
        listed = _typed(self._file, f"{place}.columns", table.get("columns", []), list)
        return tuple(_typed(self._file, f"{place}.columns", column, str) for column in listed)

    def _days(self, place: str, table: Table[str, object]) -> int | str:
        days = table.get("plus_days", table.get("minus_days", 0))
        if isinstance(days, bool) or not isinstance(days, int | str):
            raise MappingError(self._file, f"{place}.days", expected="a number or a column", got=type(days).__name__)
        return days

    def _codes(self, place: str, table: object) -> dict[str, str] | None:
        if table is None:
            return None
        return {
            str(cell): _typed(self._file, place, meaning, str) for cell, meaning in _typed(self._file, place, table, dict).items()
        }

    def _condition(self, place: str, table: object) -> Condition:
        entry = _typed(self._file, place, table, dict)
        _refuse_unknown(self._file, place, entry, {"column", "is"})
        values = _typed(self._file, f"{place}.is", entry.get("is"), list)
        column = _typed(self._file, f"{place}.column", entry.get("column"), str)
        return Condition(column=column, values=frozenset(str(value).casefold() for value in values))

    def _text(self, place: str, table: Table[str, object], key: str) -> str | None:
        return self._get(place, table, key, str)

    def _get(self, place: str, table: Table[str, object], key: str, kind: type[_T]) -> _T | None:
        return _typed(self._file, f"{place}.{key}", table[key], kind) if key in table else None


def _completed(answer: Sources | None, claim: Sources | None) -> Sources | None:
    """Take from the claim's columns what names an answer, where the answer has none of its own."""
    if answer is None or claim is None:
        return answer
    shared = ("patient_control_number", "payer_id", "payer_name", "member_id")
    return {name: claim[name] for name in shared if name in claim} | dict(answer)


def _refuse_incomplete(file: str, mapping: Mapping) -> None:
    if mapping.claim is None and mapping.answer is None:
        raise MappingError(file, "file", expected="a table [claim] or [answer]", got="neither")
    for section, sources in ((CLAIM, mapping.claim), (ANSWER, mapping.answer)):
        needed = (*_NEEDED[section], *(("patient_control_number", "payer_id") if section == ANSWER else ()))
        if sources is not None and (missing := [name for name in needed if name not in sources]):
            raise MappingError(file, section, expected=f"{', '.join(missing)}", got="none")
    if mapping.claim is not None and not mapping.lines:
        raise MappingError(file, "line", expected="at least one [[line]] below a [claim]", got="none")
    has_charge = "charge_amount" in (mapping.claim or {}) or all("charge_amount" in line for line in mapping.lines)
    if not has_charge or (mapping.claim is None and not mapping.lines):
        raise MappingError(file, "line", expected="charge_amount, in each [[line]] or in [claim]", got="none")
    for number, adjustment in enumerate(mapping.adjustments, start=1):
        if missing := [name for name in ("carc", "adjustment_amount") if name not in adjustment]:
            raise MappingError(file, f"adjustment {number}", expected=", ".join(missing), got="none")


def _name(file: str, data: Table[str, object]) -> str:
    name = _typed(file, "name", data.get("name"), str)
    if not name.replace("_", "").isalnum() or not name.isascii() or len(name) > 60:
        raise MappingError(file, "name", expected="letters, digits and underscores, at most 60", got="other characters")
    return name


def _per(file: str, per: object, line_count: int) -> str:
    if per is None:
        return PER_LINE if line_count == 1 else PER_CLAIM
    if per not in {PER_LINE, PER_CLAIM}:
        raise MappingError(file, "answer.per", expected=f'"{PER_LINE}" or "{PER_CLAIM}"', got="another value")
    if per == PER_LINE and line_count != 1:
        raise MappingError(file, "answer.per", expected=f'"{PER_CLAIM}" where a row holds {line_count} lines', got=f'"{per}"')
    return str(per)


def _refuse_unknown(file: str, place: str, table: Table[str, object], known: set[str]) -> None:
    if unknown := sorted(table.keys() - known):
        raise MappingError(file, place, expected=f"keys among {', '.join(sorted(known))}", got=", ".join(unknown))


def _typed(file: str, place: str, value: object, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise MappingError(file, place, expected=kind.__name__, got="nothing" if value is None else type(value).__name__)
    return value


def missing_columns(mapping: Mapping, header: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that a mapping reads and a header does not have."""
    return tuple(column for column in mapping.columns if column not in header)
