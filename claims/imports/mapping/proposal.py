"""Owns the proposal of a mapping for an export never seen: by the names of its columns, and by what stands in them.

A name proposes, the contents must agree; contents alone decide only where nothing else looks so (NPIs, diagnoses, `CO-45`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from claims.imports.lines import csv_lines, decode
from claims.imports.mapping.fields import ADJUSTMENT, ANSWER, CLAIM, LINE, Field, export_fields
from claims.imports.mapping.shapes import ColumnShape, describe_column

SAMPLED_ROWS = 5_000
_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLACE = re.compile(r"^(.*?[a-z]) ?(\d{1,2})$")
# Fields that contents alone may name, by the shape that nothing else has.
_BY_CONTENT = {"npi": (CLAIM, "rendering_provider_npi"), "diagnosis": (CLAIM, "diagnosis_codes"), "reason": (ADJUSTMENT, "carc")}
_NEEDED_FORMS = {"money": "money", "number": "number", "npi": "npi", "carc": "carc"}
# Columns that hold something of a person which no field is for: left out without a word of their content.
_PERSONAL_WORDS = frozenset(
    {"name", "ssn", "phone", "mobile", "email", "guarantor", "patient", "member", "subscriber", "insured", "dob"}
)


@dataclass(frozen=True, kw_only=True)
class ColumnFinding:
    """What was understood of one column: the field it goes to (`None` = left out), its place among several, and why."""

    column: str
    field: Field | None
    number: int  # 2 of `Dx 2`; 0 = alone
    why: str
    shape: ColumnShape
    values: tuple[str, ...]  # distinct, for lists of codes; empty for columns of people or of many values


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The header and first rows of an export."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def values(self, column: str) -> list[str]:
        """Give a column's cells, blanks stripped, the short rows' as empty."""
        place = self.header.index(column)
        return [row[place].strip() if place < len(row) else "" for row in self.rows]


MOST_CODES = 40


def read_sample(data: bytes) -> Sample:
    """Read the header and the first rows."""
    lines = csv_lines(decode(data)[0])
    header = tuple(name.strip() for name in next(lines, (1, ()))[1])
    rows = tuple(cells for _, (_, cells) in zip(range(SAMPLED_ROWS), lines, strict=False))
    return Sample(header=header, rows=rows)


def find_columns(sample: Sample) -> tuple[ColumnFinding, ...]:
    """Say of each column which field it goes to."""
    columns = [column for column in dict.fromkeys(sample.header) if column]
    shapes = {column: describe_column(sample.values(column)) for column in columns}
    chosen = dict(_by_name(columns, shapes))
    taken = {field.place for field, _, _ in chosen.values()}
    for column in columns:
        if column not in chosen and (field := _by_content(shapes[column])) and (field.is_many or field.place not in taken):
            chosen[column] = (field, 0, "by its contents alone: check")
            taken.add(field.place)
    _settle_charges(sample, chosen)
    return tuple(_finding(sample, column, shapes[column], chosen.get(column)) for column in columns)


Choice = tuple[Field, int, str]


def normalize(header: str) -> tuple[str, int]:
    """Write a header in words of lower case, and take off the number of its place: `Dx_2` gives `dx` and 2."""
    words = " ".join(_WORD.findall(_CAMEL.sub(" ", header).lower()))
    known = {name for field in export_fields().values() for name in field.headers}
    place = _PLACE.match(words)
    if place is None or words in known:
        return words, 0
    return place[1], int(place[2])


def _by_name(columns: Sequence[str], shapes: Mapping[str, ColumnShape]) -> Iterator[tuple[str, Choice]]:
    """Give each field the column whose name stands first in the field's list; every numbered column, and every one of many."""
    ranked: dict[tuple[str, int], list[tuple[int, int, str, Field]]] = defaultdict(list)
    for at, column in enumerate(columns):
        words, number = normalize(column)
        for field in export_fields().values():
            if words in field.headers and _agrees(field, shapes[column]):
                ranked[field.place, number].append((field.headers.index(words), at, column, field))
    given: set[str] = set()
    for (_, number), found in ranked.items():
        for _, _, column, field in sorted(found, key=lambda one: one[:2]):
            if column in given:
                continue
            given.add(column)
            shape = shapes[column]
            why = "by its name; it is empty: check" if not shape.filled else "by its name and contents"
            yield column, (field, number, why)
            if not field.is_many:
                break


def _agrees(field: Field, shape: ColumnShape) -> bool:
    """Tell whether contents allow what a name says; an empty column says nothing against it."""
    if not shape.filled:
        return True
    if field.read == "date":
        return shape.date_format is not None
    form = field.shape or _NEEDED_FORMS.get(field.read)
    return form is None or form in shape.forms


def _by_content(shape: ColumnShape) -> Field | None:
    return next((export_fields()[key] for form, key in _BY_CONTENT.items() if form in shape.forms), None)


def _settle_charges(sample: Sample, chosen: dict[str, Choice]) -> None:
    """Take a lone charge column for the claim's or the line's by its values: a total repeats on every row of its claim."""
    fields = export_fields()
    numbers = next((column for column, (field, _, _) in chosen.items() if field.name == "patient_control_number"), None)
    charges = [(column, choice) for column, choice in chosen.items() if choice[0].name == "charge_amount"]
    if len(charges) != 1 or numbers is None:
        return
    column, (_, number, why) = charges[0]
    claims = sample.values(numbers)
    repeats = len(set(claims)) < len(claims)
    is_total = repeats and is_per_claim(sample, numbers, column)
    chosen[column] = (fields[CLAIM if is_total else LINE, "charge_amount"], number, why)


def is_per_claim(sample: Sample, numbers: str, column: str) -> bool:
    """Tell whether a column says the same on all rows of each claim, where claims have several rows and columns vary at all."""
    by_claim: dict[str, list[str]] = defaultdict(list)
    for number, value in zip(sample.values(numbers), sample.values(column), strict=True):
        by_claim[number].append(value)
    several = [values for values in by_claim.values() if len(values) > 1]
    return bool(several) and all(len(set(values)) == 1 for values in several)


def _finding(sample: Sample, column: str, shape: ColumnShape, choice: Choice | None) -> ColumnFinding:
    if choice is None:
        return ColumnFinding(column=column, field=None, number=0, why=_why_left_out(column, shape), shape=shape, values=())
    field, number, why = choice
    listable = field.section in {CLAIM, ANSWER} and field.name in {"payer_id", "payer_name", "claim_type"}
    values = tuple(sorted({value for value in sample.values(column) if value})) if listable else ()
    return ColumnFinding(
        column=column, field=field, number=number, why=why, shape=shape, values=values if len(values) <= MOST_CODES else ()
    )


def _why_left_out(column: str, shape: ColumnShape) -> str:
    words, _ = normalize(column)
    if not shape.filled:
        return "empty, and no field is called so"
    named = next((field for field in export_fields().values() if words in field.headers), None)
    if named is None:
        return (
            "says something of a person that no field needs" if _PERSONAL_WORDS & set(words.split()) else "no field is called so"
        )
    if not _agrees(named, shape):
        return f"called like {named.place}, but holds something else"
    return f"called like {named.place}, which another column gives"
