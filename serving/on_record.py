"""Owns the records of one claim as the history keeps them: what was sent, and what a payer answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from claims.claim import Adjustment
from claims.history.store import HistoryStore
from claims.remittance import Remittance, RemittanceLine

Row = Mapping[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class SentLine:
    """One service line as it was sent."""

    line_number: int
    procedure_code: str | None
    revenue_code: str | None
    modifiers: tuple[str, ...]
    units: float | None
    charge_amount: Decimal
    service_from_on: date | None
    service_to_on: date | None
    line_control_number: str | None
    authorization_number: str | None


@dataclass(frozen=True, kw_only=True)
class SentClaim:
    """One submission as the history keeps it: no names, no addresses, no member id."""

    submission_id: str
    patient_control_number: str
    claim_type: str
    frequency_code: str | None
    submitted_on: date
    charge_amount: Decimal
    payer_id: str | None
    payer_name: str | None
    claim_filing_indicator_code: str | None
    group_number: str | None
    subscriber_key: str | None
    subscriber_id_format: str | None
    place_of_service_code: str | None
    billing_provider_npi: str | None
    rendering_provider_npi: str | None
    referring_provider_npi: str | None
    facility_name: str | None
    authorization_number: str | None
    referral_number: str | None
    diagnosis_codes: tuple[str, ...]
    service_from_on: date | None
    service_to_on: date | None


@dataclass(frozen=True, kw_only=True)
class PayerAnswer:
    """A payer's answer with its head. `remittance` is rebuilt from rows: one definition reads what it denies."""

    remittance: Remittance
    payer_name: str | None
    known_on: date
    trace_number: str | None


def read_answers(remittance_ids: Sequence[str], store: HistoryStore) -> dict[str, PayerAnswer]:
    """Read answers by their id; what the history does not hold is left out."""
    if not remittance_ids:
        return {}
    heads, lines, adjustments = (
        matching(store.reader(table), "remittance_id", *remittance_ids)
        for table in ("remittances", "remittance_lines", "adjustments")
    )
    return {
        head["remittance_id"]: _answer(
            head,
            [line for line in lines if line["remittance_id"] == head["remittance_id"]],
            [one for one in adjustments if one["remittance_id"] == head["remittance_id"]],
        )
        for head in heads
    }


def _answer(head: Row, lines: Sequence[Row], adjustments: Sequence[Row]) -> PayerAnswer:
    at: dict[int, list[Row]] = {}
    for row in adjustments:
        at.setdefault(row["line_position"], []).append(row)
    ordered = sorted(lines, key=lambda line: line["line_position"])
    remittance = Remittance(
        **{name: head[name] for name in _shared(Remittance, head) if name not in {"remark_codes", "frequency_code"}},
        remark_codes=tuple(head["remark_codes"] or ()),
        frequency_code=head["frequency_code"],
        adjustments=_adjustments(at.get(-1, [])),
        lines=tuple(_answer_line(line, at.get(line["line_position"], [])) for line in ordered),
    )
    return PayerAnswer(
        remittance=remittance, payer_name=head["payer_name"], known_on=head["known_on"], trace_number=head["trace_number"]
    )


def _answer_line(line: Row, adjustments: list[Row]) -> RemittanceLine:
    return RemittanceLine(
        procedure_code=line["procedure_code"],
        charge_amount=line["charge_amount"],
        paid_amount=line["paid_amount"],
        modifiers=tuple(line["modifiers"] or ()),
        revenue_code=line["revenue_code"],
        submitted_procedure_code=line["submitted_procedure_code"],
        service_from_on=line["service_from_on"],
        line_control_number=line["line_control_number"],
        allowed_amount=line["allowed_amount"],
        adjustments=_adjustments(adjustments),
        remark_codes=tuple(line["remark_codes"] or ()),
    )


def _adjustments(rows: list[Row]) -> tuple[Adjustment, ...]:
    ordered = sorted(rows, key=lambda row: row["position"])
    return tuple(
        Adjustment(group_code=row["group_code"], carc=row["carc"], adjustment_amount=row["adjustment_amount"]) for row in ordered
    )


def matching(batches: Iterable[Any], column: str, *values: str) -> list[Row]:
    """List the rows of tables or record batches whose column holds one of the values."""
    wanted = pa.array(values, pa.string())
    return [
        row for batch in batches for row in batch.filter(pc.is_in(batch[column].cast(pa.string()), value_set=wanted)).to_pylist()
    ]


def record_of(kind: type[_T], row: Row) -> _T:
    """Make a record of the columns that it names; lists become tuples."""
    values = {name: row[name] for name in _shared(kind, row)}
    return kind(**{name: tuple(value or ()) if name in _LISTS else value for name, value in values.items()})


_LISTS = {"modifiers", "diagnosis_codes"}


def _shared(kind: type, row: Row) -> list[str]:
    return [field.name for field in fields(kind) if field.name in row]
