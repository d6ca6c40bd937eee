"""Owns how X12 transactions become rows and what tells them apart: content, and control numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pyarrow as pa

from claims.history.answer_rows import acknowledgment_tables, remittance_tables, syntax_report_tables
from claims.history.rows import claim_tables, repeat_each
from claims.history.schema import SCHEMAS
from claims.privacy import PersonHasher
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    RemittanceTransaction,
    SyntaxReportTransaction,
    Transaction,
)

# The table that holds one row per unit, its id column, and the tables that hang below it.
ROOTS: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "837P": ("claims", "submission_id", ("claim_lines",)),
    "837I": ("claims", "submission_id", ("claim_lines",)),
    "835": ("remittances", "remittance_id", ("remittance_lines", "adjustments")),
    "277CA": ("acknowledgments", None, ()),
    "999": ("syntax_reports", None, ()),
}
_OWN = {"load_id", "source_key", "submission_id", "remittance_id"}


def transaction_tables(transactions: Sequence[Transaction], *, hasher: PersonHasher) -> dict[str, pa.Table]:
    """Map transactions of any kind to rows."""
    sent = [transaction for transaction in transactions if isinstance(transaction, ClaimTransaction)]
    claims = [claim for transaction in sent for claim in transaction.claims]
    keys = repeat_each([transaction.content_key for transaction in sent], [len(transaction.claims) for transaction in sent])
    claim_rows, line_rows = claim_tables(claims, hasher=hasher, source_key=keys)
    answers = [transaction for transaction in transactions if isinstance(transaction, RemittanceTransaction)]
    return {
        "transactions": _envelope_rows(transactions),
        "claims": claim_rows,
        "claim_lines": line_rows,
        **remittance_tables(answers, hasher=hasher),
        **acknowledgment_tables(t for t in transactions if isinstance(t, AcknowledgmentTransaction)),
        **syntax_report_tables(t for t in transactions if isinstance(t, SyntaxReportTransaction)),
    }


def _envelope_rows(transactions: Sequence[Transaction]) -> pa.Table:
    envelopes = [transaction.envelope for transaction in transactions]
    columns = {
        "load_id": [""] * len(envelopes),
        "source_key": [transaction.content_key for transaction in transactions],
        "known_on": [envelope.created_on for envelope in envelopes],
        "kind": [transaction.kind for transaction in transactions],
        "control_key": [control_key(transaction) for transaction in transactions],
        "sender_id": [envelope.sender_id for envelope in envelopes],
        "interchange_control_number": [envelope.interchange_control_number for envelope in envelopes],
        "group_control_number": [envelope.group_control_number for envelope in envelopes],
        "transaction_control_number": [envelope.transaction_control_number for envelope in envelopes],
    }
    return pa.table(columns, schema=SCHEMAS["transactions"])


def control_key(transaction: Transaction) -> str:
    """Hash the control numbers: two transactions that share them are the same one, sent again."""
    envelope = transaction.envelope
    numbers = (
        transaction.kind,
        envelope.sender_id,
        envelope.interchange_control_number,
        envelope.group_control_number,
        envelope.transaction_control_number,
        transaction.reference if isinstance(transaction, ClaimTransaction) else "",
    )
    return sha256("\x1f".join(numbers).encode()).hexdigest()[:32]


def without_known(transaction: Transaction, known: dict[str, pa.Table], *, hasher: PersonHasher) -> Transaction:
    """Drop from a corrected transaction what its earlier version, with the same control numbers, already brought in.

    `known` holds the rows of that earlier version. A repaired file that is sent again adds the repaired claims alone.
    """
    before = Counter(_contents(known, transaction.kind))
    kept = []
    for position, content in enumerate(_contents(transaction_tables([transaction], hasher=hasher), transaction.kind)):
        if before[content] > 0:
            before[content] -= 1
        else:
            kept.append(position)
    if isinstance(transaction, ClaimTransaction):
        return replace(transaction, claims=tuple(transaction.claims[position] for position in kept))
    if isinstance(transaction, RemittanceTransaction):
        moved = () if known["provider_adjustments"].num_rows else transaction.provider_adjustments
        answers = tuple(transaction.remittances[position] for position in kept)
        return replace(transaction, remittances=answers, provider_adjustments=moved)
    if isinstance(transaction, AcknowledgmentTransaction):
        return replace(transaction, acknowledgments=tuple(transaction.acknowledgments[position] for position in kept))
    return replace(transaction, acknowledgments=tuple(transaction.acknowledgments[position] for position in kept))


def _contents(tables: dict[str, pa.Table], kind: str) -> list[str]:
    """Write each unit with all that hangs below it as text, in row order, without the ids that we gave."""
    root, key, children = ROOTS[kind]
    below: dict[str, list[str]] = {}
    for child in children:
        for row in tables[child].to_pylist():
            below.setdefault(row[str(key)], []).append(f"{child}{_content(row)}")
    return [_content(row) + "".join(sorted(below.get(row[key], ()) if key else ())) for row in tables[root].to_pylist()]


def _content(row: dict[str, Any]) -> str:
    return repr([value for name, value in row.items() if name not in _OWN])


def tables_of(kinds: Iterable[str]) -> set[str]:
    """Name every table that transactions of these kinds write."""
    named = {table for kind in kinds for table in (ROOTS[kind][0], *ROOTS[kind][2])}
    return named | ({"provider_adjustments"} if "835" in kinds else set())
