"""Owns which claims a payer paid below what was to be expected for payer, procedure and modifiers.

Expected is the practice's contracted fee in force on the service day, else the median that this payer allowed per unit over
the year before the remittance, where that is settled: enough lines, nine of ten of them no further below it than the tolerance.
Only what was known before the remittance teaches, so the same remittance is judged the same on every later day. The patient's
share, sequestration (CARC 253) and another payer's part are no shortfall; capitation and lines priced by other adjustments are
not judged.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from claims.adjudication import Adjudication
from claims.contract_fees import ContractFee, fee_table
from claims.history.store import HistoryStore
from claims.statements import read_statements

_COLUMNS = {
    "remittances": ("remittance_id", "claim_status_code", "service_from_on"),
    "remittance_lines": (
        "remittance_id",
        "line_position",
        "procedure_code",
        "modifiers",
        "charge_amount",
        "paid_units",
        "service_from_on",
    ),
    "adjustments": ("remittance_id", "line_position", "carc", "adjustment_amount"),
    "claims": ("submission_id", "payer_sequence_code"),
}


@dataclass(frozen=True, kw_only=True)
class UnderpaymentTerms:
    """What counts as short. `tolerance` is a share of the expected amount; amounts are dollars."""

    least_count: int = 8  # allowed amounts that settle a fee
    tolerance: float = 0.03
    least_line_amount: float = 1.0
    least_claim_amount: float = 5.0


def find_underpayments(
    store: HistoryStore,
    adjudication: Adjudication,
    *,
    before: date | None = None,
    fees: Sequence[ContractFee] = (),
    terms: UnderpaymentTerms | None = None,
) -> pa.Table:
    """Find the underpaid answers of an adjudication of the same store and day, one row each.

    Columns: keys, `known_on`, `expected_amount`, `allowed_amount`, `shortfall_amount`, `is_contracted`; `paid_since_amount` is
    what later answers of the payer paid on the claim, `taken_back_on` the day on which the payer reversed the answer.
    """
    store, terms = store.pinned(), terms or UnderpaymentTerms()
    statements = read_statements("underpayments.sql")
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as connection:
        for table, columns in _COLUMNS.items():
            connection.register(table, store.read(table, columns=columns, before=before))
        connection.register("answers", adjudication.answers)
        connection.register("fees", fee_table(fees))
        settled = {"least_count": terms.least_count, "tolerance": terms.tolerance}
        connection.execute(statements["plain_lines"])
        connection.execute(statements["expected_lines"], settled)
        short = {
            "tolerance": terms.tolerance,
            "least_line_amount": terms.least_line_amount,
            "least_claim_amount": terms.least_claim_amount,
        }
        found: pa.Table = connection.sql(statements["underpayments"], params=short).to_arrow_table()
        return found
