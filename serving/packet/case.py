"""Owns the facts of one denial as the history has them: the claim as sent, the answer that denies it, what else is on record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from claims.adjudication import Adjudication
from claims.claim import Adjustment
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.remittance import Remittance, RemittanceLine
from features.batch import ClaimBatch
from serving.errors import UnknownItem

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
class DenyingAnswer:
    """The remittance that denies, with its head. `remittance` is rebuilt from rows: one definition reads what it denies."""

    remittance: Remittance
    payer_name: str | None
    known_on: date
    trace_number: str | None


@dataclass(frozen=True, kw_only=True)
class Register:
    """Rows of the practice's records that may bear on the denial, unjudged."""

    authorizations: tuple[Row, ...] = ()
    eligibility: tuple[Row, ...] = ()
    enrollments: tuple[Row, ...] = ()
    acknowledgments: tuple[Row, ...] = ()
    submissions: tuple[Row, ...] = ()  # of the same patient control number, this one too


@dataclass(frozen=True, kw_only=True)
class DenialCase:
    """All that is on record of one denial. `appeals`: of this claim and payer, filed on or after the denial, in order."""

    key: str
    category: str
    claim: SentClaim
    lines: tuple[SentLine, ...]
    answer: DenyingAnswer
    appeals: tuple[Row, ...]
    register: Register


def read_case(key: str, *, adjudication: Adjudication, claims: ClaimBatch, store: HistoryStore, before: date) -> DenialCase:
    """Gather one denial (`key` = remittance id of the denying answer), with what was known before a day.

    Raises: UnknownItem, where the history holds no such denial or not the claim that it answers.
    """
    denial = _one(adjudication.denials, "remittance_id", key)
    row = _one(claims.claims, "submission_id", denial["submission_id"]) if denial else None
    if denial is None or row is None:
        raise UnknownItem(key)
    claim = _record(SentClaim, row)
    lines = sorted(_matching([claims.lines], "submission_id", claim.submission_id), key=lambda line: line["line_number"])
    return DenialCase(
        key=key,
        category=denial["category"],
        claim=claim,
        lines=tuple(_record(SentLine, line) for line in lines),
        answer=_read_answer(key, store),
        appeals=_read_appeals(claim, denial["denied_on"], store, before=before),
        register=_read_register(claim, claims, store, before=before),
    )


def _read_answer(key: str, store: HistoryStore) -> DenyingAnswer:
    heads = _matching(store.reader("remittances"), "remittance_id", key)
    if not heads:
        raise UnknownItem(key)
    head = heads[0]
    adjustments: dict[int, list[Row]] = {}
    for row in _matching(store.reader("adjustments"), "remittance_id", key):
        adjustments.setdefault(row["line_position"], []).append(row)
    lines = sorted(_matching(store.reader("remittance_lines"), "remittance_id", key), key=lambda line: line["line_position"])
    remittance = Remittance(
        **{name: head[name] for name in _shared(Remittance, head) if name not in {"remark_codes", "frequency_code"}},
        remark_codes=tuple(head["remark_codes"] or ()),
        frequency_code=head["frequency_code"],
        adjustments=_adjustments(adjustments.get(-1, [])),
        lines=tuple(_answer_line(line, adjustments.get(line["line_position"], [])) for line in lines),
    )
    return DenyingAnswer(
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


def _read_appeals(claim: SentClaim, denied_on: date, store: HistoryStore, *, before: date) -> tuple[Row, ...]:
    rows = _matching([known_appeals(store, before=before)], "patient_control_number", claim.patient_control_number)
    kept = [row for row in rows if row["payer_id"] == claim.payer_id and row["filed_on"] and row["filed_on"] >= denied_on]
    return tuple(sorted(kept, key=lambda row: (row["filed_on"], row["level"] or 0)))


def _read_register(claim: SentClaim, claims: ClaimBatch, store: HistoryStore, *, before: date) -> Register:
    def rows(table: str, column: str, value: str | None, *, by_payer: bool = True) -> tuple[Row, ...]:
        if value is None:
            return ()
        found = _matching(store.reader(table, before=before), column, value)
        return tuple(row for row in found if not by_payer or row["payer_id"] in (None, claim.payer_id))

    npis = dict.fromkeys((claim.rendering_provider_npi, claim.billing_provider_npi))
    return Register(
        authorizations=rows("authorizations", "subscriber_key", claim.subscriber_key),
        eligibility=rows("eligibility", "subscriber_key", claim.subscriber_key),
        enrollments=tuple(row for npi in npis for row in rows("enrollments", "npi", npi)),
        acknowledgments=rows("acknowledgments", "patient_control_number", claim.patient_control_number),
        submissions=tuple(_matching([claims.claims], "patient_control_number", claim.patient_control_number)),
    )


def _one(table: pa.Table, column: str, value: str | None) -> Row | None:
    rows = _matching([table], column, value) if value is not None else []
    return rows[0] if rows else None


def _matching(batches: Iterable[Any], column: str, value: str) -> list[Row]:
    """List the rows of tables or record batches whose column equals a value."""
    return [row for batch in batches for row in batch.filter(pc.equal(batch[column], value)).to_pylist()]


def _record(kind: type[_T], row: Row) -> _T:
    """Make a record of the columns that it names; lists become tuples."""
    values = {name: row[name] for name in _shared(kind, row)}
    return kind(**{name: tuple(value or ()) if name in _LISTS else value for name, value in values.items()})


_LISTS = {"modifiers", "diagnosis_codes"}


def _shared(kind: type, row: Row) -> list[str]:
    return [field.name for field in fields(kind) if field.name in row]
