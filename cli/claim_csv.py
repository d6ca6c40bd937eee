"""Owns reading claims from a flat CSV: one row per service line, rows of one claim_id (and submitted_on) together.

Columns are the fields of `POST /v1/claims/score` by name; those of the person are `member_id`, `birth_on`, `sex_code`, the line's
charge is `line_charge_amount`; lists (`diagnosis_codes`, `modifiers`, `diagnosis_pointers`, `paperwork_codes`) are split at `;`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from claims.claim import Claim
from claims.errors import Rejection
from claims.imports.lines import csv_lines, decode
from serving.api.claim_models import ClaimIn, PersonIn, ServiceLineIn

REQUIRED = ("claim_id", "payer_id", "procedure_code", "line_charge_amount")
_HEADER_BYTES = 64 * 1024
_LISTS = frozenset({"diagnosis_codes", "modifiers", "diagnosis_pointers", "paperwork_codes", "related_cause_codes"})
_PERSON = frozenset(PersonIn.model_fields)
_LINE = frozenset(ServiceLineIn.model_fields)
_CLAIM = frozenset(ClaimIn.model_fields) - {"lines", "subscriber", "patient", "other_payers"}
# These stand for the claim in a flat row; a line that differs from its claim needs the 837.
_OF_CLAIM = frozenset(
    {"place_of_service_code", "authorization_number", "referral_number", "rendering_provider_npi", "paperwork_codes"}
)


def looks_like_claim_csv(data: bytes) -> bool:
    """Tell by its header whether a file is a flat table of claims."""
    text, _ = decode(data[:_HEADER_BYTES])
    _, header = next(csv_lines(text), (1, ()))
    return set(REQUIRED) <= {name.strip() for name in header}


def read_claim_csv(data: bytes, *, file: str, today: date) -> tuple[list[Claim], list[Rejection]]:
    """Read claims; a claim with a bad cell is refused with its row (header = 1), the others stand. `file` names it in them."""
    text, _ = decode(data)
    lines = csv_lines(text)
    names = [name.strip() for name in next(lines, (1, ()))[1]]
    grouped: dict[tuple[str, str], list[tuple[int, Mapping[str, str]]]] = {}
    for number, row in lines:
        cells = dict.fromkeys(names, "") | {name: cell.strip() for name, cell in zip(names, row, strict=False) if name}
        grouped.setdefault((cells["claim_id"], cells.get("submitted_on", "")), []).append((number, cells))
    claims: list[Claim] = []
    rejected: list[Rejection] = []
    for rows in grouped.values():
        try:
            claims.append(ClaimIn.model_validate(_fields([cells for _, cells in rows])).to_claim(today=today))
        except ValidationError as error:
            rejected.append(_rejection(file, rows, error))
    return claims, rejected


def _fields(rows: list[Mapping[str, str]]) -> dict[str, Any]:
    first = rows[0]
    claim: dict[str, Any] = {name: _value(name, cell) for name, cell in first.items() if cell and name in _CLAIM}
    claim["subscriber"] = {name: cell for name, cell in first.items() if cell and name in _PERSON}
    lines = []
    for row in rows:
        line = {name: _value(name, cell) for name, cell in row.items() if cell and name in _LINE - _OF_CLAIM - {"charge_amount"}}
        line["charge_amount"] = row["line_charge_amount"]
        lines.append(line)
    return claim | {"lines": lines}


def _value(name: str, cell: str) -> str | list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()] if name in _LISTS else cell


def _rejection(file: str, rows: list[tuple[int, Mapping[str, str]]], error: ValidationError) -> Rejection:
    fault = error.errors(include_input=False)[0]
    place = [str(part) for part in fault["loc"]]
    at = int(place[1]) if place[:1] == ["lines"] and len(place) > 1 else 0
    return Rejection(
        file=file, position=rows[at][0], place=place[-1], expected=fault["msg"], got="another value",
        patient_control_number=rows[0][1]["claim_id"] or None,
    )  # fmt: skip
