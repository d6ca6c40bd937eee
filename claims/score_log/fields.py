"""Owns what of a claim a fix may change, by id of the fix, as keyed hashes good for telling equal from changed and nothing else.

A hash is taken under the home's key together with the patient control number: equal values of two claims differ, and nobody
without the key can try out modifiers or units. Read from a record when it is scored and from rows of the history when it was
sent; both through the readers that ingest uses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa

from claims.claim import Claim
from claims.history.rows import CLAIM_COLUMNS, LINE_COLUMNS
from claims.privacy import PersonHasher

CARE = "care"  # what no fix may change: services, days, charges, diagnoses
_UNIT, _GROUP = "\x1e", "\x1d"


@dataclass(frozen=True)
class _Columns:
    claim: tuple[str, ...] = ()
    line: tuple[str, ...] = ()


FIELDS: dict[str, _Columns] = {
    "authorization_number": _Columns(("authorization_number",), ("authorization_number",)),
    "referral_number": _Columns(("referral_number",), ("referral_number",)),
    "modifier": _Columns((), ("modifiers",)),
    "units": _Columns((), ("units",)),
    "diagnosis_pointer": _Columns((), ("diagnosis_pointers",)),
    "subscriber_id": _Columns(("subscriber_key",), ()),
    "payer_order": _Columns(("payer_sequence_code", "other_payer_ids", "other_payer_sequence_codes"), ()),
    "payer_id": _Columns(("payer_id",), ()),
    "rendering_provider": _Columns(("rendering_provider_npi",), ("rendering_provider_npi",)),
    "required_field": _Columns(
        (
            "billing_taxonomy_code",
            "rendering_taxonomy_code",
            "clia_number",
            "facility_npi",
            "facility_name",
            "group_number",
            "accident_on",
            "onset_on",
            "related_cause_codes",
            "payer_claim_control_number",
            "referring_provider_npi",
            "other_payer_paid_amount",
        ),
        ("national_drug_code",),
    ),
    "documentation": _Columns(("paperwork_codes",), ("paperwork_codes",)),
    CARE: _Columns(
        ("claim_type", "frequency_code", "place_of_service_code", "diagnosis_codes"),
        ("procedure_code", "service_from_on", "service_to_on", "place_of_service_code"),
    ),
}
_CLAIM_NAMES = tuple(dict.fromkeys(name for field in FIELDS.values() for name in field.claim))
_LINE_NAMES = tuple(dict.fromkeys(name for field in FIELDS.values() for name in field.line))
_CLAIM_READERS: dict[str, Callable[[Claim], object]] = {
    name: CLAIM_COLUMNS[name] for name in _CLAIM_NAMES if name in CLAIM_COLUMNS
}


def hash_claim(claim: Claim, *, hasher: PersonHasher) -> dict[str, str]:
    """Hash the fields of a claim record, by id of the fix that may change them."""
    values = {name: read(claim) for name, read in _CLAIM_READERS.items()}
    values["subscriber_key"] = hasher.subscriber_key(claim.subscriber.person.member_id)
    lines = sorted(claim.lines, key=lambda line: line.line_number)
    shown = [{name: LINE_COLUMNS[name](line) for name in _LINE_NAMES} for line in lines]
    return _hash(claim.patient_control_number, values, shown, hasher)


def hash_rows(claims: pa.Table, lines: pa.Table, *, hasher: PersonHasher) -> Iterator[tuple[str, dict[str, str]]]:
    """Hash the fields of submissions of the history: submission id and what `hash_claim` gave for the same claim."""
    below: dict[str, list[Mapping[str, object]]] = {}
    for line in lines.select(["submission_id", "line_number", *_LINE_NAMES]).sort_by("line_number").to_pylist():
        below.setdefault(line["submission_id"], []).append(line)
    for row in claims.select(["submission_id", "patient_control_number", *_CLAIM_NAMES]).to_pylist():
        key = row["submission_id"]
        yield key, _hash(row["patient_control_number"], row, below.get(key, ()), hasher)


def _hash(
    number: str, values: Mapping[str, object], lines: Sequence[Mapping[str, object]], hasher: PersonHasher
) -> dict[str, str]:
    texts = _texts(values, _CLAIM_NAMES)
    line_texts = [_texts(line, _LINE_NAMES) for line in lines]
    contents = {}
    for fix, field in FIELDS.items():
        parts = [texts[name] for name in field.claim]
        if field.line:
            parts += [line[name] for line in line_texts for name in field.line]
        contents[fix] = _GROUP.join(parts)
    return hasher.content_keys(number, contents)


def _texts(values: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """Write values out; most are texts or absent."""
    return {name: value if type(value := values[name]) is str else "" if value is None else _text(value) for name in names}


def _text(value: object) -> str:
    """Write a value the same whether a record or a row of the history gave it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return _UNIT.join(map(_text, value))
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value)
