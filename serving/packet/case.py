"""Owns the facts of one denial as the history has them: the claim as sent, the answer that denies it, what else is on record."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from claims.adjudication import Adjudication
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from features.batch import ClaimBatch
from serving.errors import UnknownItem
from serving.on_record import PayerAnswer, Row, SentClaim, SentLine, matching, read_answers, record_of


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
    answer: PayerAnswer
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
    answer = read_answers([key], store).get(key)
    if answer is None:
        raise UnknownItem(key)
    claim = record_of(SentClaim, row)
    lines = sorted(matching([claims.lines], "submission_id", claim.submission_id), key=lambda line: line["line_number"])
    return DenialCase(
        key=key,
        category=denial["category"],
        claim=claim,
        lines=tuple(record_of(SentLine, line) for line in lines),
        answer=answer,
        appeals=_read_appeals(claim, denial["denied_on"], store, before=before),
        register=_read_register(claim, claims, store, before=before),
    )


def _read_appeals(claim: SentClaim, denied_on: date, store: HistoryStore, *, before: date) -> tuple[Row, ...]:
    rows = matching([known_appeals(store, before=before)], "patient_control_number", claim.patient_control_number)
    kept = [row for row in rows if row["payer_id"] == claim.payer_id and row["filed_on"] and row["filed_on"] >= denied_on]
    return tuple(sorted(kept, key=lambda row: (row["filed_on"], row["level"] or 0)))


def _read_register(claim: SentClaim, claims: ClaimBatch, store: HistoryStore, *, before: date) -> Register:
    def rows(table: str, column: str, value: str | None, *, by_payer: bool = True) -> tuple[Row, ...]:
        if value is None:
            return ()
        found = matching(store.reader(table, before=before), column, value)
        return tuple(row for row in found if not by_payer or row["payer_id"] in (None, claim.payer_id))

    npis = dict.fromkeys((claim.rendering_provider_npi, claim.billing_provider_npi))
    return Register(
        authorizations=rows("authorizations", "subscriber_key", claim.subscriber_key),
        eligibility=rows("eligibility", "subscriber_key", claim.subscriber_key),
        enrollments=tuple(row for npi in npis for row in rows("enrollments", "npi", npi)),
        acknowledgments=rows("acknowledgments", "patient_control_number", claim.patient_control_number),
        submissions=tuple(matching([claims.claims], "patient_control_number", claim.patient_control_number)),
    )


def _one(table: pa.Table, column: str, value: str | None) -> Row | None:
    rows = matching([table], column, value) if value is not None else []
    return rows[0] if rows else None
