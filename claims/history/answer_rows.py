"""Owns the mapping from answers (835, 277CA, 999) to rows of the history, for many transactions at once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from claims.claim import Adjustment
from claims.history.rows import repeat_each, row_ids
from claims.history.schema import SCHEMAS
from claims.privacy import PersonHasher
from claims.remittance import Remittance, RemittanceLine
from claims.x12.transactions import AcknowledgmentTransaction, RemittanceTransaction, SyntaxReportTransaction

CLAIM_LEVEL = -1  # `adjustments.line_position` of a CAS in loop 2100


def remittance_known_on(transaction: RemittanceTransaction) -> date:
    """Tell when an 835 became known: the later of payment (BPR16) and production (DTM*405), else its envelope (GS04)."""
    days = [day for day in (transaction.payment.paid_on, transaction.payment.produced_on) if day]
    return max(days) if days else transaction.envelope.created_on


def remittance_tables(transactions: Sequence[RemittanceTransaction], *, hasher: PersonHasher) -> dict[str, pa.Table]:
    """Map 835s to rows of remittances, remittance_lines, adjustments and provider_adjustments."""
    counts = [len(transaction.remittances) for transaction in transactions]
    answers = [answer for transaction in transactions for answer in transaction.remittances]
    heads = repeat_each(transactions, counts)
    keys = repeat_each([transaction.content_key for transaction in transactions], counts)
    known = repeat_each([remittance_known_on(transaction) for transaction in transactions], counts)
    ids = row_ids(keys)
    columns: dict[str, list[Any]] = {
        "source_key": keys,
        "known_on": known,
        "remittance_id": ids,
        "payer_id": [head.payment.payer.payer_id for head in heads],
        "payer_name": [head.payment.payer.name for head in heads],
        "paid_on": [head.payment.paid_on for head in heads],
        "trace_number": [head.payment.trace_number for head in heads],
        "subscriber_key": [hasher.subscriber_key(answer.subscriber_id) for answer in answers],
    }
    columns |= {name: [read(answer) for answer in answers] for name, read in _REMITTANCE_COLUMNS.items()}
    line_counts = [len(answer.lines) for answer in answers]
    return {
        "remittances": _rows("remittances", columns),
        "remittance_lines": _line_rows(answers, keys, known, ids, line_counts),
        "adjustments": _adjustment_rows(answers, keys, known, ids),
        "provider_adjustments": _provider_rows(transactions),
    }


def _line_rows(answers: Sequence[Remittance], keys: list[str], known: list[date], ids: list[str], counts: list[int]) -> pa.Table:
    lines = [line for answer in answers for line in answer.lines]
    columns: dict[str, list[Any]] = {
        "source_key": repeat_each(keys, counts),
        "known_on": repeat_each(known, counts),
        "remittance_id": repeat_each(ids, counts),
        "line_position": [position for count in counts for position in range(count)],
    }
    columns |= {name: [read(line) for line in lines] for name, read in _LINE_COLUMNS.items()}
    return _rows("remittance_lines", columns)


def _adjustment_rows(answers: Sequence[Remittance], keys: list[str], known: list[date], ids: list[str]) -> pa.Table:
    found: list[tuple[int, int, Adjustment]] = []  # answer, line, adjustment
    positions: list[int] = []
    for index, answer in enumerate(answers):
        begin = len(found)
        found += [(index, CLAIM_LEVEL, adjustment) for adjustment in answer.adjustments]
        found += [(index, place, adjustment) for place, line in enumerate(answer.lines) for adjustment in line.adjustments]
        positions += range(len(found) - begin)
    columns: dict[str, list[Any]] = {
        "source_key": [keys[index] for index, _, _ in found],
        "known_on": [known[index] for index, _, _ in found],
        "remittance_id": [ids[index] for index, _, _ in found],
        "line_position": [place for _, place, _ in found],
        "position": positions,
        "group_code": [adjustment.group_code for _, _, adjustment in found],
        "carc": [adjustment.carc for _, _, adjustment in found],
        "adjustment_amount": [adjustment.adjustment_amount for _, _, adjustment in found],
        "quantity": [_float(adjustment.quantity) for _, _, adjustment in found],
    }
    return _rows("adjustments", columns)


def _provider_rows(transactions: Sequence[RemittanceTransaction]) -> pa.Table:
    found = [(transaction, moved) for transaction in transactions for moved in transaction.provider_adjustments]
    columns: dict[str, list[Any]] = {
        "source_key": [transaction.content_key for transaction, _ in found],
        "known_on": [remittance_known_on(transaction) for transaction, _ in found],
        "payer_id": [transaction.payment.payer.payer_id for transaction, _ in found],
        "provider_npi": [moved.provider_npi for _, moved in found],
        "reason_code": [moved.reason_code for _, moved in found],
        "reference": [moved.reference for _, moved in found],
        "adjustment_amount": [moved.adjustment_amount for _, moved in found],
    }
    return _rows("provider_adjustments", columns)


def acknowledgment_tables(transactions: Iterable[AcknowledgmentTransaction]) -> dict[str, pa.Table]:
    """Map 277CAs to rows of acknowledgments, known from BHT04."""
    found = [(transaction, answer) for transaction in transactions for answer in transaction.acknowledgments]
    columns: dict[str, list[Any]] = {
        "source_key": [transaction.content_key for transaction, _ in found],
        "known_on": [transaction.created_on for transaction, _ in found],
        "patient_control_number": [answer.patient_control_number for _, answer in found],
        "payer_id": [answer.payer or transaction.payer.payer_id for transaction, answer in found],
        "is_rejection": [answer.is_rejection for _, answer in found],
        "category_codes": [[status.category_code for status in answer.statuses] for _, answer in found],
        "status_codes": [[status.status_code for status in answer.statuses] for _, answer in found],
        "entity_codes": [[status.entity_code for status in answer.statuses] for _, answer in found],
        "effective_on": [_effective_on(answer.statuses) for _, answer in found],
    }
    return {"acknowledgments": _rows("acknowledgments", columns)}


def syntax_report_tables(transactions: Iterable[SyntaxReportTransaction]) -> dict[str, pa.Table]:
    """Map 999s to rows of syntax_reports, known from GS04."""
    found = [(transaction, answer) for transaction in transactions for answer in transaction.acknowledgments]
    columns: dict[str, list[Any]] = {
        "source_key": [transaction.content_key for transaction, _ in found],
        "known_on": [transaction.envelope.created_on for transaction, _ in found],
        "group_control_number": [answer.group_control_number for _, answer in found],
        "transaction_type": [answer.transaction_type for _, answer in found],
        "transaction_control_number": [answer.transaction_control_number for _, answer in found],
        "accepted_code": [answer.accepted_code for _, answer in found],
        "error_codes": [answer.error_codes for _, answer in found],
    }
    return {"syntax_reports": _rows("syntax_reports", columns)}


def _rows(table: str, columns: dict[str, list[Any]]) -> pa.Table:
    columns["load_id"] = [""] * len(columns["source_key"])  # the store stamps it
    return pa.table(columns, schema=SCHEMAS[table])


def _effective_on(statuses: Iterable[Any]) -> date | None:
    return next((status.effective_on for status in statuses if status.effective_on), None)


def _float(number: Any) -> float | None:
    return None if number is None else float(number)


def _first_line_on(answer: Remittance) -> date | None:
    days = [line.service_from_on for line in answer.lines if line.service_from_on]
    return min(days) if days else answer.statement_from_on


_REMITTANCE_COLUMNS: dict[str, Callable[[Remittance], object]] = {
    "patient_control_number": lambda r: r.patient_control_number,
    "claim_status_code": lambda r: r.claim_status_code,
    "claim_filing_indicator_code": lambda r: r.claim_filing_indicator_code,
    "payer_claim_control_number": lambda r: r.payer_claim_control_number,
    "frequency_code": lambda r: r.frequency_code,
    "charge_amount": lambda r: r.charge_amount,
    "paid_amount": lambda r: r.paid_amount,
    "patient_responsibility_amount": lambda r: r.patient_responsibility_amount,
    "allowed_amount": lambda r: r.allowed_amount,
    "interest_amount": lambda r: r.interest_amount,
    "rendering_provider_npi": lambda r: r.rendering_provider_npi,
    "crossover_payer_id": lambda r: r.crossover_payer_id,
    "corrected_payer_id": lambda r: r.corrected_payer_id,
    "received_on": lambda r: r.received_on,
    "service_from_on": _first_line_on,
    "remark_codes": lambda r: r.remark_codes,
}

_LINE_COLUMNS: dict[str, Callable[[RemittanceLine], object]] = {
    "procedure_code": lambda line: line.procedure_code,
    "submitted_procedure_code": lambda line: line.submitted_procedure_code,
    "modifiers": lambda line: line.modifiers,
    "revenue_code": lambda line: line.revenue_code,
    "charge_amount": lambda line: line.charge_amount,
    "paid_amount": lambda line: line.paid_amount,
    "allowed_amount": lambda line: line.allowed_amount,
    "paid_units": lambda line: _float(line.paid_units),
    "service_from_on": lambda line: line.service_from_on,
    "line_control_number": lambda line: line.line_control_number,
    "remark_codes": lambda line: line.remark_codes,
}
